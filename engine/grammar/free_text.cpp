#include "engine/grammar/free_text.h"

#include <cassert>
#include <string>
#include <vector>

namespace suan::engine {
namespace {

constexpr uint8_t kControlByte = 0xFF;
constexpr size_t kControlBytes = 5;

/// Where matching goes on after `byte` when `matched` bytes of the mark stand before it
/// (Knuth, Morris, Pratt 1977).
class Matcher {
 public:
  explicit Matcher(std::string_view mark) : mark_(mark), shorter_(mark.size() + 1, 0) {
    for (size_t i = 1; i < mark.size(); ++i)
      shorter_[i + 1] = next(shorter_[i], mark[i]);
  }

  [[nodiscard]] uint32_t next(size_t matched, char byte) const {
    while (matched > 0 && (matched == mark_.size() || mark_[matched] != byte))
      matched = shorter_[matched];
    return static_cast<uint32_t>(mark_[matched] == byte ? matched + 1 : 0);
  }

 private:
  std::string_view mark_;
  std::vector<uint32_t> shorter_;
};

/// For each byte of the mark, whether it is inside the spelling of a control token: then it
/// comes together with the bytes before it or not at all.
std::vector<bool> inside_control(std::string_view mark) {
  std::vector<bool> inside(mark.size(), false);
  for (size_t i = 0; i < mark.size();) {
    const bool is_control = static_cast<uint8_t>(mark[i]) == kControlByte;
    const size_t size = is_control ? kControlBytes : 1;
    for (size_t k = 1; k < size && i + k < mark.size(); ++k)
      inside[i + k] = true;
    i += size;
  }
  return inside;
}

ByteGraph graph_of(std::string_view mark) {
  assert(!mark.empty());
  const Matcher matcher(mark);
  const std::vector<bool> inside = inside_control(mark);
  ByteGraph graph;
  graph.states.resize(mark.size() + 1);
  for (uint32_t state = 0; state < mark.size(); ++state) {
    std::vector<ByteGraph::Edge>& edges = graph.states[state].edges;
    const auto expected = static_cast<uint8_t>(mark[state]);
    if (inside[state] || expected == kControlByte) {
      edges.push_back({expected, expected, state + 1});
    }
    if (inside[state]) continue;
    for (unsigned byte = 0; byte < kControlByte; ++byte) {
      const auto one = static_cast<uint8_t>(byte);
      const uint32_t target = matcher.next(state, static_cast<char>(one));
      if (!edges.empty() && edges.back().target == target && edges.back().high + 1 == one) {
        edges.back().high = one;
      } else {
        edges.push_back({one, one, target});
      }
    }
  }
  return graph;
}

}  // namespace

ByteGraph text_until(std::string_view mark) {
  ByteGraph graph = graph_of(mark);
  graph.states.back().is_final = true;
  return graph;
}

ByteGraph text_without(std::string_view mark) {
  ByteGraph graph = graph_of(mark);
  const std::vector<bool> inside = inside_control(mark);
  for (size_t i = 0; i < mark.size(); ++i)
    graph.states[i].is_final = !inside[i];
  return graph;
}

}  // namespace suan::engine
