#include "scheduler/server/enrolment.h"

#include <utility>

#include <fmt/core.h>

#include "catalog/types/text.h"
#include "catalog/types/uuid.h"

namespace suan::scheduler {

namespace {

constexpr Duration kLifetimeMax = 24h;
constexpr size_t kTicketsMax = 10'000;

}  // namespace

Enrolment::Enrolment(Parts parts, const ServerConfig& config)
    : parts_(parts), config_(config), random_(splitmix64(config.seed ^ 0xE74)) {
  for (const auto& [id, node] : parts_.membership.nodes())
    allow(node.identity);
}

void Enrolment::restore(std::vector<TicketRow> tickets) {
  for (TicketRow& ticket : tickets) {
    ticket_by_key_[ticket.curve_public_z85] = ticket.ticket_id;
    const std::string id = ticket.ticket_id;
    tickets_.insert_or_assign(id, std::move(ticket));
  }
}

void Enrolment::allow(const NodeIdentity& node) {
  node_by_key_[node.curve_public_z85] = node.node;
}

void Enrolment::deny(const NodeIdentity& node) {
  node_by_key_.erase(node.curve_public_z85);
}

std::optional<Peer> Enrolment::lookup(std::string_view domain,
                                      const std::string& public_z85,
                                      WallTime now) const {
  const auto known = node_by_key_.find(public_z85);
  if (known != node_by_key_.end()) {
    const NodeRecord* node = parts_.membership.find(known->second);
    const bool may_connect =
        node != nullptr && node->identity.is_approved && !node->identity.is_revoked;
    return may_connect ? std::optional(peer_of(known->second)) : std::nullopt;
  }
  if (domain != "control") return std::nullopt;
  const auto found = ticket_by_key_.find(public_z85);
  if (found == ticket_by_key_.end()) return std::nullopt;
  const auto ticket = tickets_.find(found->second);
  if (ticket == tickets_.end() || now >= ticket->second.expires) return std::nullopt;
  return Peer("ticket:" + found->second);
}

Result<CreatedTicket> Enrolment::create(const TicketWish& wish, WallTime now) {
  if (!is_valid_name(wish.site.value())) {
    return fail_param(ErrorCode::BadRequest, "site", "\"{}\" is no name of a site",
                      printable(wish.site.value(), 80));
  }
  if (wish.lifetime <= Duration::zero() || wish.lifetime > kLifetimeMax) {
    return fail_param(ErrorCode::BadRequest, "expires_s", "a ticket lives 1 s to 24 h");
  }
  const std::string& address = wish.address.empty() ? config_.control_address : wish.address;
  if (address.empty()) {
    return fail_param(ErrorCode::BadRequest, "address",
                      "the ticket needs the server's address");
  }
  if (tickets_.size() >= kTicketsMax) {
    return fail(ErrorCode::Overloaded, "{} tickets exist already", tickets_.size());
  }
  CreatedTicket created;
  created.is_new_site = !parts_.catalog.sites.contains(wish.site);
  if (created.is_new_site) {
    const Site site{.site = wish.site,
                    .name = wish.site_name.empty() ? wish.site.value() : wish.site_name,
                    .region = wish.region};
    parts_.catalog.sites.emplace(wish.site, site);
  }
  const CurveKeyPair keys = config_.make_keys();
  created.row = {.ticket_id = to_string(make_uuid_v7(now, random_)),
                 .site = wish.site,
                 .curve_public_z85 = keys.public_z85,
                 .expires = now + wish.lifetime,
                 .is_auto_approved = wish.is_auto_approved};
  created.text = format_ticket({.address = address,
                                .server_public_z85 = config_.control_public_z85,
                                .secret_z85 = keys.secret_z85,
                                .site = wish.site,
                                .expires = created.row.expires});
  ticket_by_key_[keys.public_z85] = created.row.ticket_id;
  tickets_.emplace(created.row.ticket_id, created.row);
  return created;
}

Result<NodeRecord*> Enrolment::enrol(const std::string& ticket_id,
                                     const EnrolRequest& request,
                                     WallTime now) {
  const auto found = tickets_.find(ticket_id);
  if (found == tickets_.end()) return fail(ErrorCode::Forbidden, "this ticket is not known");
  TicketRow& ticket = found->second;
  if (now >= ticket.expires) return fail(ErrorCode::Forbidden, "this ticket has expired");
  if (ticket.used && ticket.used_by_z85 != request.curve_public_z85) {
    return fail(ErrorCode::Forbidden, "this ticket was used by another key already");
  }
  Result<NodeRecord*> node = find_or_add(ticket, request);
  if (!node) return node;
  if (!ticket.used) ticket.used = now;
  ticket.used_by_z85 = request.curve_public_z85;
  NodeIdentity& identity = (*node)->identity;
  identity.is_approved = identity.is_approved || ticket.is_auto_approved;
  allow(identity);
  return node;
}

Result<NodeRecord*> Enrolment::find_or_add(const TicketRow& ticket,
                                           const EnrolRequest& request) {
  const auto known = node_by_key_.find(request.curve_public_z85);
  if (known != node_by_key_.end()) {
    NodeRecord* node = parts_.membership.find(known->second);
    if (node != nullptr && node->identity.site == ticket.site) return node;
    return fail(ErrorCode::Conflict, "this key belongs to node {} already",
                known->second.value());
  }
  NodeRecord* holder = parts_.membership.find(request.wished);
  if (holder != nullptr) {
    const bool comes_back = holder->identity.is_revoked &&
                            holder->identity.curve_public_z85 == request.curve_public_z85 &&
                            holder->identity.site == ticket.site;
    if (!comes_back) {
      return fail_param(ErrorCode::Conflict, "node", "the name {} is taken",
                        request.wished.value());
    }
    // A removed node with a new ticket: an operator wants it back.
    holder->identity.is_revoked = false;
    holder->identity.is_approved = false;
    holder->identity.is_drained = false;
    return holder;
  }
  NodeRecord node;
  node.identity.node = request.wished;
  node.identity.site = ticket.site;
  node.identity.curve_public_z85 = request.curve_public_z85;
  node.identity.receipt_public_hex = request.receipt_public_hex;
  node.identity.hostname = request.hostname;
  return &parts_.membership.add(std::move(node));
}

void Enrolment::prune(WallTime now) {
  for (auto at = tickets_.begin(); at != tickets_.end();) {
    if (now - at->second.expires < 24h) {
      ++at;
      continue;
    }
    ticket_by_key_.erase(at->second.curve_public_z85);
    at = tickets_.erase(at);
  }
}

}  // namespace suan::scheduler
