#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/store/node_tables.h"
#include "catalog/types/id.h"
#include "catalog/types/random.h"
#include "catalog/types/result.h"
#include "catalog/wire/channel.h"
#include "catalog/wire/ticket.h"
#include "scheduler/server/catalog.h"
#include "scheduler/server/events.h"
#include "scheduler/server/membership.h"
#include "scheduler/server/outbox.h"
#include "scheduler/server/server_config.h"

namespace suan::scheduler {

/// What an operator asks for with `ticket.create`.
struct TicketWish {
  SiteId site;
  Duration lifetime = 24h;
  bool is_auto_approved = false;
  std::string region;     // of a site that this registers
  std::string site_name;  // likewise
  std::string address;    // host:port; empty: the configured one
};

struct CreatedTicket {
  TicketRow row;
  std::string text;  // `suan1:...`; the only place that has the secret
  bool is_new_site = false;
};

/// `Enrol`, checked.
struct EnrolRequest {
  NodeId wished;
  std::string curve_public_z85;
  std::string receipt_public_hex;
  std::string hostname;
};

/// Who may speak at all: tickets, and the keys of nodes.
///
/// A ticket is a one-time CURVE key of at most 24 h; its first Enrol binds it to one node key,
/// which may repeat it; any other key is a replay and refused.
/// Threads:  the scheduler loop only.
class Enrolment {
 public:
  struct Parts {
    Membership& membership;
    Catalog& catalog;
    Outbox& outbox;
  };

  Enrolment(Parts parts, const ServerConfig& config);

  void restore(std::vector<TicketRow> tickets);

  /// The approved node, or on `control` the unexpired ticket, with this key.
  [[nodiscard]] std::optional<Peer> lookup(std::string_view domain,
                                           const std::string& public_z85,
                                           WallTime now) const;

  /// Errors:   BadRequest
  [[nodiscard]] Result<CreatedTicket> create(const TicketWish& wish, WallTime now);

  /// Binds the ticket and adds the node, approved if the ticket says so. The caller answers once
  /// the store has it.
  ///
  /// Errors:   Forbidden  unknown, expired or replayed ticket; Conflict  the name is taken
  [[nodiscard]] Result<NodeRecord*> enrol(const std::string& ticket_id,
                                          const EnrolRequest& request,
                                          WallTime now);

  /// A node's key is known from now on (`add`), or no longer.
  void allow(const NodeIdentity& node);
  void deny(const NodeIdentity& node);

  [[nodiscard]] const std::map<std::string, TicketRow>& tickets() const { return tickets_; }

  /// Forgets tickets that ended a day ago.
  void prune(WallTime now);

 private:
  [[nodiscard]] Result<NodeRecord*> find_or_add(const TicketRow& ticket,
                                                const EnrolRequest& request);

  Parts parts_;
  const ServerConfig& config_;
  Random random_;
  std::map<std::string, TicketRow> tickets_;          // by id
  std::map<std::string, std::string> ticket_by_key_;  // public key to id
  std::map<std::string, NodeId> node_by_key_;
};

}  // namespace suan::scheduler
