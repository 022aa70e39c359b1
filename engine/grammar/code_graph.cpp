#include "engine/grammar/code_graph.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

namespace suan::engine {
namespace {

constexpr size_t kCountedStatesMax = 20'000;

/// Characters that JSON wants escaped; the rest of the controls are \u00XX.
struct Escape {
  uint32_t code;
  char letter;
};

constexpr std::array<Escape, 7> kEscapes{{{'"', '"'},
                                          {'\\', '\\'},
                                          {'\b', 'b'},
                                          {'\f', 'f'},
                                          {'\n', 'n'},
                                          {'\r', 'r'},
                                          {'\t', 't'}}};

}  // namespace

const std::vector<CodeRange>& plain_in_json() {
  static const std::vector<CodeRange> kRanges =
      complement({{0, 0x1F}, {'"', '"'}, {'\\', '\\'}});
  return kRanges;
}

namespace {

bool holds(CodeRange range, uint32_t code) {
  return range.low <= code && code <= range.high;
}

class JsonStringWriter {
 public:
  JsonStringWriter(const CodeGraph& graph, CompileBudget& budget)
      : codes_(graph), budget_(budget) {}

  ByteGraph write() {
    graph_.states.resize(codes_.states.size());
    for (uint32_t i = 0; i < codes_.states.size(); ++i) {
      graph_.states[i].is_final = codes_.states[i].is_final;
      tails_.clear();
      for (const CodeGraph::Edge& edge : codes_.states[i].edges)
        write_edge(i, edge);
    }
    return std::move(graph_);
  }

 private:
  void write_edge(uint32_t from, const CodeGraph::Edge& edge) {
    budget_.spend(8);
    for (const CodeRange plain : plain_in_json()) {
      const CodeRange cut{std::max(plain.low, edge.range.low),
                          std::min(plain.high, edge.range.high)};
      if (cut.low > cut.high) continue;
      for (const ByteSequence& sequence : utf8_of(cut))
        write_sequence(from, sequence, edge.target);
    }
    for (const Escape& escape : kEscapes) {
      if (holds(edge.range, escape.code)) {
        write_text(from, {'\\', escape.letter}, edge.target);
      }
    }
    for (uint32_t code = edge.range.low; code <= std::min(edge.range.high, 0x1FU); ++code) {
      if (std::ranges::find(kEscapes, code, &Escape::code) != kEscapes.end()) continue;
      write_text(from, fmt::format("\\u{:04x}", code), edge.target);
    }
  }

  void write_text(uint32_t from, std::string_view text, uint32_t target) {
    for (size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<uint8_t>(text[i]);
      const uint32_t to = i + 1 == text.size() ? target : add_state();
      graph_.states[from].edges.push_back({byte, byte, to});
      from = to;
    }
  }

  void write_text(uint32_t from, std::initializer_list<char> text, uint32_t target) {
    write_text(from, std::string_view(text.begin(), text.size()), target);
  }

  void write_sequence(uint32_t from, const ByteSequence& sequence, uint32_t target) {
    for (uint8_t i = 0; i < sequence.size; ++i) {
      const ByteSequence::Range range = sequence.bytes[i];
      const auto left = static_cast<uint8_t>(sequence.size - i - 1);
      uint32_t to = target;
      if (left > 0) to = is_full(sequence, i + 1U) ? tail(left, target) : add_state();
      graph_.states[from].edges.push_back({range.low, range.high, to});
      if (left > 0 && is_full(sequence, i + 1U)) return;
      from = to;
    }
  }

  static bool is_full(const ByteSequence& sequence, size_t first) {
    for (size_t i = first; i < sequence.size; ++i) {
      if (sequence.bytes[i].low != 0x80 || sequence.bytes[i].high != 0xBF) return false;
    }
    return true;
  }

  /// A state from which `left` bytes 80..BF lead to the target; shared within one state's edges.
  uint32_t tail(uint8_t left, uint32_t target) {
    if (left == 0) return target;
    const uint64_t key = uint64_t{target} << 2U | left;
    const auto found = tails_.find(key);
    if (found != tails_.end()) return found->second;
    const uint32_t next = tail(left - 1, target);
    const uint32_t state = add_state();
    graph_.states[state].edges.push_back({0x80, 0xBF, next});
    tails_[key] = state;
    return state;
  }

  uint32_t add_state() {
    budget_.spend(8);
    if (graph_.states.size() == GrammarLimits::kStates) {
      throw GrammarError("the pattern grows too large");
    }
    graph_.states.emplace_back();
    return static_cast<uint32_t>(graph_.states.size() - 1);
  }

  const CodeGraph& codes_;
  CompileBudget& budget_;
  ByteGraph graph_;
  std::unordered_map<uint64_t, uint32_t> tails_;
};

}  // namespace

CodeGraph with_length(const CodeGraph& graph,
                      uint32_t low,
                      uint32_t high,
                      CompileBudget& budget) {
  // Without an upper bound, counting stops at the lower one.
  const uint32_t counted = high == kNoBound ? low : high;
  const size_t size = graph.states.size();
  if ((uint64_t{counted} + 1) * size > kCountedStatesMax) {
    throw GrammarError(fmt::format("a length of {} is too much beside a pattern", counted));
  }
  CodeGraph product;
  product.states.resize(size * (counted + 1));
  for (uint32_t count = 0; count <= counted; ++count) {
    const uint32_t next = high == kNoBound ? std::min(count + 1, counted) : count + 1;
    for (size_t i = 0; i < size; ++i) {
      CodeGraph::State& state = product.states[count * size + i];
      state.is_final = graph.states[i].is_final && count >= low;
      if (next > counted) continue;
      budget.spend(4 + graph.states[i].edges.size());
      budget.take(graph.states[i].edges.size() * sizeof(CodeGraph::Edge));
      for (const CodeGraph::Edge& edge : graph.states[i].edges) {
        state.edges.push_back({edge.range, static_cast<uint32_t>(next * size + edge.target)});
      }
    }
  }
  return product;
}

ByteGraph in_json_string(const CodeGraph& graph, CompileBudget& budget) {
  return JsonStringWriter(graph, budget).write();
}

}  // namespace suan::engine
