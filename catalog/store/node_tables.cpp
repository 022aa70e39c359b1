#include "catalog/store/node_tables.h"

#include "catalog/store/row_reader.h"

namespace suan {
namespace {

constexpr std::string_view kPutSite = R"sql(
  INSERT INTO site (site_id, name, region, latitude, longitude) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (site_id) DO UPDATE SET name = excluded.name, region = excluded.region,
    latitude = excluded.latitude, longitude = excluded.longitude)sql";

constexpr std::string_view kSites = R"sql(
  SELECT site_id, name, region, latitude, longitude FROM site ORDER BY site_id)sql";

constexpr std::string_view kInsertNode = R"sql(
  INSERT INTO node (node_id, site_id, curve_public_z85, receipt_public_hex, state,
    hardware_json, enrolled_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING)sql";

constexpr std::string_view kSetNodeState = R"sql(
  UPDATE node SET state = $2 WHERE node_id = $1)sql";

constexpr std::string_view kSetNodeHardware = R"sql(
  UPDATE node SET hardware_json = $2 WHERE node_id = $1)sql";

constexpr std::string_view kNodes = R"sql(
  SELECT node_id, site_id, curve_public_z85, receipt_public_hex, state, hardware_json,
    enrolled_us
  FROM node ORDER BY node_id)sql";

constexpr std::string_view kNode = R"sql(
  SELECT node_id, site_id, curve_public_z85, receipt_public_hex, state, hardware_json,
    enrolled_us
  FROM node WHERE node_id = $1)sql";

constexpr std::string_view kNodeOfKey = R"sql(
  SELECT node_id, site_id, curve_public_z85, receipt_public_hex, state, hardware_json,
    enrolled_us
  FROM node WHERE curve_public_z85 = $1)sql";

constexpr std::string_view kCreateTicket = R"sql(
  INSERT INTO ticket (ticket_id, site_id, curve_public_z85, expires_us, is_auto_approved,
    used_us, used_by_z85)
  VALUES ($1, $2, $3, $4, $5, NULL, '') ON CONFLICT (ticket_id) DO NOTHING)sql";

constexpr std::string_view kTickets = R"sql(
  SELECT ticket_id, site_id, curve_public_z85, expires_us, is_auto_approved, used_us,
    used_by_z85
  FROM ticket ORDER BY expires_us, ticket_id)sql";

constexpr std::string_view kTicket = R"sql(
  SELECT ticket_id, site_id, curve_public_z85, expires_us, is_auto_approved, used_us,
    used_by_z85
  FROM ticket WHERE ticket_id = $1)sql";

// One statement, so that of two keys that come at once only one gets it.
constexpr std::string_view kUseTicket = R"sql(
  UPDATE ticket SET used_us = $3, used_by_z85 = $2
  WHERE ticket_id = $1 AND used_by_z85 = '' AND expires_us > $3)sql";

constexpr std::string_view kAddLink = R"sql(
  INSERT INTO link (source, destination, measured_us, rtt_us_p50, rtt_us_p99, bytes_per_s,
    price_n_per_gib)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING)sql";

constexpr std::string_view kLinks = R"sql(
  SELECT source, destination, measured_us, rtt_us_p50, rtt_us_p99, bytes_per_s, price_n_per_gib
  FROM link AS latest
  WHERE measured_us = (SELECT MAX(measured_us) FROM link
    WHERE source = latest.source AND destination = latest.destination)
  ORDER BY source, destination)sql";

constexpr std::string_view kAddOffer = R"sql(
  INSERT INTO offer (site_id, model_id, version, input_n_per_token, cached_n_per_token,
    output_n_per_token, made_us)
  VALUES ($1, $2, (SELECT COALESCE(MAX(version), 0) + 1 FROM offer
    WHERE site_id = $1 AND model_id = $2), $3, $4, $5, $6))sql";

constexpr std::string_view kOffers = R"sql(
  SELECT site_id, model_id, input_n_per_token, cached_n_per_token, output_n_per_token
  FROM offer AS latest
  WHERE version = (SELECT MAX(version) FROM offer
    WHERE site_id = latest.site_id AND model_id = latest.model_id)
  ORDER BY site_id, model_id)sql";

NodeRow node_row(RowReader& row) {
  NodeRow node;
  node.node = row.id<NodeId>();
  node.site = row.id<SiteId>();
  node.curve_public_z85 = row.text();
  node.receipt_public_hex = row.text();
  node.state = row.named(node_state_of);
  node.hardware_json = row.text();
  node.enrolled = row.time();
  return node;
}

TicketRow ticket_row(RowReader& row) {
  TicketRow ticket;
  ticket.ticket_id = row.text();
  ticket.site = row.id<SiteId>();
  ticket.curve_public_z85 = row.text();
  ticket.expires = row.time();
  ticket.is_auto_approved = row.flag();
  ticket.used = row.optional_time();
  ticket.used_by_z85 = row.text();
  return ticket;
}

}  // namespace

void NodeTables::put_site(const Site& site) {
  database_.execute(kPutSite,
                    {site.site.value(), site.name, site.region, site.latitude, site.longitude});
}

std::vector<Site> NodeTables::sites() {
  return read_all(database_.execute(kSites), [](RowReader& row) {
    Site site;
    site.site = row.id<SiteId>();
    site.name = row.text();
    site.region = row.text();
    site.latitude = row.number();
    site.longitude = row.number();
    return site;
  });
}

bool NodeTables::insert_node(const NodeRow& node) {
  database_.execute(kInsertNode, {node.node.value(), node.site.value(), node.curve_public_z85,
                                  node.receipt_public_hex, sql_text(to_string(node.state)),
                                  node.hardware_json, to_us(node.enrolled)});
  // Asked back rather than told by the insert: after a commit in doubt the row is ours too.
  const auto stored = node_of(node.node);
  return stored && stored->curve_public_z85 == node.curve_public_z85;
}

void NodeTables::set_node_state(const NodeId& node, NodeState state) {
  database_.execute(kSetNodeState, {node.value(), sql_text(to_string(state))});
}

void NodeTables::set_node_hardware(const NodeId& node, const std::string& hardware_json) {
  database_.execute(kSetNodeHardware, {node.value(), hardware_json});
}

std::vector<NodeRow> NodeTables::nodes() {
  return read_all(database_.execute(kNodes), node_row);
}

std::optional<NodeRow> NodeTables::node_of(const NodeId& node) {
  return read_one(database_.execute(kNode, {node.value()}), node_row);
}

std::optional<NodeRow> NodeTables::node_of_key(const std::string& curve_public_z85) {
  return read_one(database_.execute(kNodeOfKey, {curve_public_z85}), node_row);
}

void NodeTables::create_ticket(const TicketRow& ticket) {
  database_.execute(kCreateTicket,
                    {ticket.ticket_id, ticket.site.value(), ticket.curve_public_z85,
                     to_us(ticket.expires), int64_t{ticket.is_auto_approved}});
}

std::vector<TicketRow> NodeTables::tickets() {
  return read_all(database_.execute(kTickets), ticket_row);
}

std::optional<TicketRow> NodeTables::ticket_of(const std::string& ticket_id) {
  return read_one(database_.execute(kTicket, {ticket_id}), ticket_row);
}

Result<TicketRow> NodeTables::use_ticket(const std::string& ticket_id,
                                         const std::string& node_public_z85,
                                         WallTime now) {
  database_.execute(kUseTicket, {ticket_id, node_public_z85, to_us(now)});
  auto ticket = ticket_of(ticket_id);
  if (!ticket) return fail(ErrorCode::NotFound, "there is no ticket {}", ticket_id);
  if (ticket->used_by_z85 == node_public_z85) return *std::move(ticket);
  if (!ticket->used_by_z85.empty()) {
    return fail(ErrorCode::Conflict, "ticket {} was used by another node", ticket_id);
  }
  return fail(ErrorCode::Forbidden, "ticket {} expired at {}", ticket_id,
              to_rfc3339(ticket->expires));
}

void NodeTables::add_link(const LinkRow& link) {
  database_.execute(
      kAddLink, {link.source, link.destination, to_us(link.measured), link.rtt_us_p50,
                 link.rtt_us_p99, nullable(link.bytes_per_s), nullable(link.price_n_per_gib)});
}

std::vector<LinkRow> NodeTables::links() {
  return read_all(database_.execute(kLinks), [](RowReader& row) {
    LinkRow link;
    link.source = row.text();
    link.destination = row.text();
    link.measured = row.time();
    link.rtt_us_p50 = row.integer();
    link.rtt_us_p99 = row.integer();
    link.bytes_per_s = row.optional_integer();
    link.price_n_per_gib = row.optional_integer();
    return link;
  });
}

void NodeTables::add_offer(const Offer& offer, WallTime now) {
  database_.execute(kAddOffer,
                    {offer.site.value(), offer.model.value(), offer.input_n_per_token,
                     offer.cached_n_per_token, offer.output_n_per_token, to_us(now)});
}

std::vector<Offer> NodeTables::offers() {
  return read_all(database_.execute(kOffers), [](RowReader& row) {
    Offer offer;
    offer.site = row.id<SiteId>();
    offer.model = row.id<ModelId>();
    offer.input_n_per_token = row.integer();
    offer.cached_n_per_token = row.integer();
    offer.output_n_per_token = row.integer();
    return offer;
  });
}

}  // namespace suan
