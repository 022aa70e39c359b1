#pragma once

#include <string_view>
#include <vector>

namespace suan::bench {

/// Names of the suites that are compiled in, such as `demo`.
[[nodiscard]] std::vector<std::string_view> suite_names();

/// The text of `bench/suites/<name>.bench.json`; empty for an unknown name.
[[nodiscard]] std::string_view suite_text(std::string_view name);

}  // namespace suan::bench
