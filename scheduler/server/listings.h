#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scheduler/server/events.h"
#include "scheduler/server/json_text.h"
#include "scheduler/server/server_core.h"

namespace suan::scheduler {

/// `{"items":[...],"next":null}` with what `write` puts inside.
template <class Write>
[[nodiscard]] std::string list_json(const Write& write) {
  JsonText json;
  json.begin_object().key("items").begin_array();
  write(json);
  json.end_array().key("next").null().end_object();
  return json.take();
}

/// The listing at `path` (`sites`, `nodes`, ...); nothing for a path that is none.
[[nodiscard]] std::optional<std::string> listing_of(const ServerCore& core,
                                                    std::string_view path,
                                                    const Moment& moment);

}  // namespace suan::scheduler
