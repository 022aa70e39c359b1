#include "node_agent/stop_strings.h"

#include <algorithm>

namespace suan::node_agent {

bool StopStrings::push(std::string_view text, std::string& out) {
  if (stops_.empty()) {
    out += text;
    return false;
  }
  held_ += text;
  const size_t stop_at = find_first();
  if (stop_at != std::string::npos) {
    out.append(held_, 0, stop_at);
    held_.clear();
    return true;
  }
  const size_t shown = held_.size() - held_back();
  out.append(held_, 0, shown);
  held_.erase(0, shown);
  return false;
}

void StopStrings::finish(std::string& out) {
  out += held_;
  held_.clear();
}

size_t StopStrings::find_first() const {
  size_t first = std::string::npos;
  for (const std::string& stop : stops_)
    first = std::min(first, held_.find(stop));
  return first;
}

/// Length of the longest end of the text that begins a stop string.
size_t StopStrings::held_back() const {
  const std::string_view held = held_;
  size_t longest = 0;
  for (const std::string& stop : stops_) {
    for (size_t size = std::min(held.size(), stop.size() - 1); size > longest; --size) {
      if (held.substr(held.size() - size) == std::string_view(stop).substr(0, size)) {
        longest = size;
      }
    }
  }
  return longest;
}

}  // namespace suan::node_agent
