#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace suan::node_agent {

/// Cuts a text that comes in pieces before the first stop string, also one that lies across
/// pieces: what may become a stop string is held back until it is known.
class StopStrings {
 public:
  /// Requires: no empty ones.
  explicit StopStrings(std::vector<std::string> stops) : stops_(std::move(stops)) {}

  /// Appends to `out` what is safe to show. True: a stop string was reached, the text is over.
  [[nodiscard]] bool push(std::string_view text, std::string& out);

  /// The text ends without a stop string: appends what was held back.
  void finish(std::string& out);

 private:
  [[nodiscard]] size_t find_first() const;
  [[nodiscard]] size_t held_back() const;

  std::vector<std::string> stops_;
  std::string held_;
};

}  // namespace suan::node_agent
