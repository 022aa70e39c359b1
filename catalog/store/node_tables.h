#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/types/id.h"
#include "catalog/types/node.h"
#include "catalog/types/offer.h"
#include "catalog/types/result.h"
#include "catalog/types/site.h"
#include "catalog/types/time.h"

namespace suan {

/// A machine that enrolled; known by its CURVE key from then on.
struct NodeRow {
  NodeId node;
  SiteId site;
  std::string curve_public_z85;
  std::string receipt_public_hex;  // empty until the agent signs receipts
  NodeState state = NodeState::Pending;
  std::string hardware_json = "{}";  // as the agent claims it
  WallTime enrolled{};

  friend bool operator==(const NodeRow&, const NodeRow&) = default;
};

/// The public half of a one-time key that lets one machine join one site.
struct TicketRow {
  std::string ticket_id;
  SiteId site;
  std::string curve_public_z85;
  WallTime expires{};
  bool is_auto_approved = false;
  std::optional<WallTime> used;
  std::string used_by_z85;  // the node key it is bound to; empty while unused

  friend bool operator==(const TicketRow&, const TicketRow&) = default;
};

/// The line between two places as measured or told at one time; places are sites or `control`.
struct LinkRow {
  std::string source;
  std::string destination;
  WallTime measured{};
  int64_t rtt_us_p50 = 0;
  int64_t rtt_us_p99 = 0;
  std::optional<int64_t> bytes_per_s;      // each way; nothing: unknown
  std::optional<int64_t> price_n_per_gib;  // nothing: unknown

  friend bool operator==(const LinkRow&, const LinkRow&) = default;
};

/// Sites, nodes, tickets, links and offers.
///
/// Requires: `database` outlives the object; `migrate` has run.
/// Errors:   throws StoreError
/// Threads:  those of the database.
class NodeTables {
 public:
  explicit NodeTables(Database& database) : database_(database) {}

  /// Inserts the site, or updates the one of this id.
  void put_site(const Site& site);
  [[nodiscard]] std::vector<Site> sites();

  /// False when the name or the key is taken already; nothing changes then.
  bool insert_node(const NodeRow& node);
  void set_node_state(const NodeId& node, NodeState state);
  void set_node_hardware(const NodeId& node, const std::string& hardware_json);
  [[nodiscard]] std::vector<NodeRow> nodes();
  [[nodiscard]] std::optional<NodeRow> node_of(const NodeId& node);
  [[nodiscard]] std::optional<NodeRow> node_of_key(const std::string& curve_public_z85);

  /// Does nothing when the ticket is known: a repeat of the same job is harmless.
  void create_ticket(const TicketRow& ticket);
  /// Unused and unexpired ones, and used ones too, so that a replay can be told from a stranger.
  [[nodiscard]] std::vector<TicketRow> tickets();
  [[nodiscard]] std::optional<TicketRow> ticket_of(const std::string& ticket_id);

  /// Binds the ticket to a node's key, once; the same key may repeat it and gets the same row.
  ///
  /// Errors:   NotFound   no such ticket
  ///           Forbidden  expired before it was used
  ///           Conflict   bound to another key: a replay
  [[nodiscard]] Result<TicketRow> use_ticket(const std::string& ticket_id,
                                             const std::string& node_public_z85,
                                             WallTime now);

  /// Append-only; one row per (source, destination, measured).
  void add_link(const LinkRow& link);
  /// The latest of each pair.
  [[nodiscard]] std::vector<LinkRow> links();

  /// Append-only: a new version takes the place of the last one for (site, model).
  void add_offer(const Offer& offer, WallTime now);
  /// The latest version for each (site, model).
  [[nodiscard]] std::vector<Offer> offers();

 private:
  Database& database_;
};

}  // namespace suan
