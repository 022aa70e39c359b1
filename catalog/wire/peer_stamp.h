#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/wire/channel.h"

namespace suan {

/// What ZAP's User-Id says of a connection: whose it is, and when its key was accepted.
///
/// Stamps grow within the process, so that of two connections of one peer the newer is known,
/// and `forget` reaches connections that have not sent anything yet.
struct PeerStamp {
  Peer peer;
  uint64_t accepted_us = 0;  // steady clock; unique
};

[[nodiscard]] std::string format_user_id(const PeerStamp& stamp);
[[nodiscard]] std::optional<PeerStamp> parse_user_id(std::string_view text);

/// A stamp greater than all before, of now. Threads: any.
[[nodiscard]] uint64_t next_stamp_us();

}  // namespace suan
