#pragma once

#include <string>
#include <string_view>

#include "catalog/types/id.h"
#include "catalog/types/result.h"
#include "catalog/types/time.h"

namespace suan {

/// What lets one machine join once: the secret half of a one-time CURVE key, and where to go.
struct Ticket {
  std::string address;            // host:port of the agents' control socket
  std::string server_public_z85;  // whom to trust
  std::string secret_z85;
  SiteId site;
  WallTime expires{};
};

/// `suan1:` + base32 of the fields and a checksum; one word, safe to paste.
[[nodiscard]] std::string format_ticket(const Ticket& ticket);

/// Errors:   BadRequest  not a ticket, damaged (checksum), or of a newer kind
[[nodiscard]] Result<Ticket> parse_ticket(std::string_view text);

}  // namespace suan
