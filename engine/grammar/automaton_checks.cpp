#include "engine/grammar/automaton_checks.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace suan::engine {
namespace {

struct Way {
  uint32_t from = 0;
  uint32_t other = 0;  // must end too
};

}  // namespace

AutomatonChecks::AutomatonChecks(Automaton& automaton,
                                 std::vector<NamedStart> starts,
                                 CompileBudget& budget)
    : automaton_(automaton), starts_(std::move(starts)), budget_(budget) {}

void AutomatonChecks::check_and_trim() {
  check_left_recursion(states_that_end(true));
  const std::vector<bool> ends = states_that_end(false);
  if (!ends[automaton_.start()]) {
    throw GrammarError("no text fits: every way through the grammar goes on forever");
  }
  trim(ends);
}

std::vector<bool> AutomatonChecks::states_that_end(bool is_empty_only) const {
  const uint32_t size = automaton_.size();
  budget_.spend(8 * (size + automaton_.edges_.size() + 2 * automaton_.calls_.size()));
  // Backwards from the final states; `into[s]`: the ways that need s to end.
  std::vector<std::vector<Way>> into(size);
  for (uint32_t state = 0; state < size; ++state) {
    if (!is_empty_only) {
      for (const Automaton::ByteEdge& edge : automaton_.edges(state))
        into[edge.target].push_back({state, edge.target});
    }
    for (const Automaton::Call& call : automaton_.calls(state)) {
      into[call.rule_start].push_back({state, call.after});
      into[call.after].push_back({state, call.rule_start});
    }
  }

  std::vector<bool> ends(size, false);
  std::vector<uint32_t> open;
  const auto mark = [&](uint32_t state) {
    if (ends[state]) return;
    ends[state] = true;
    open.push_back(state);
  };
  for (uint32_t state = 0; state < size; ++state) {
    if (automaton_.is_final(state)) mark(state);
  }
  while (!open.empty()) {
    const uint32_t state = open.back();
    open.pop_back();
    for (const Way& way : into[state]) {
      if (ends[way.other]) mark(way.from);
    }
  }
  return ends;
}

/// The first states of rules that `start` calls before it reads a byte.
std::vector<uint32_t> AutomatonChecks::first_calls(uint32_t start,
                                                   const std::vector<bool>& ends_empty) const {
  std::vector<uint32_t> called;
  std::vector<uint32_t> seen{start};
  for (size_t i = 0; i < seen.size(); ++i) {
    for (const Automaton::Call& call : automaton_.calls(seen[i])) {
      called.push_back(call.rule_start);
      // Few states follow one another without reading, so a search through them will do.
      budget_.spend(4 + seen.size());
      if (ends_empty[call.rule_start] && std::ranges::find(seen, call.after) == seen.end()) {
        seen.push_back(call.after);
      }
    }
  }
  std::ranges::sort(called);
  called.erase(std::unique(called.begin(), called.end()), called.end());
  return called;
}

void AutomatonChecks::check_left_recursion(const std::vector<bool>& ends_empty) const {
  std::unordered_map<uint32_t, uint32_t> rule_of;  // by its first state
  for (uint32_t i = 0; i < starts_.size(); ++i)
    rule_of[starts_[i].state] = i;
  std::vector<std::vector<uint32_t>> callees(starts_.size());
  std::vector<std::vector<uint32_t>> callers(starts_.size());
  std::vector<size_t> calls_left(starts_.size(), 0);
  std::vector<uint32_t> open;
  for (uint32_t i = 0; i < starts_.size(); ++i) {
    const std::vector<uint32_t> called = first_calls(starts_[i].state, ends_empty);
    calls_left[i] = called.size();
    for (const uint32_t start : called) {
      callees[i].push_back(rule_of.at(start));
      callers[rule_of.at(start)].push_back(i);
    }
    if (called.empty()) open.push_back(i);
  }

  // Rules that begin with nothing but finished rules are finished; the rest go in circles.
  size_t finished = 0;
  for (; !open.empty(); ++finished) {
    const uint32_t rule = open.back();
    open.pop_back();
    for (const uint32_t caller : callers[rule]) {
      if (--calls_left[caller] == 0) open.push_back(caller);
    }
  }
  if (finished == starts_.size()) return;
  // From any of the rest, as many steps as there are rules end inside a circle.
  const auto is_left = [&](uint32_t rule) { return calls_left[rule] > 0; };
  uint32_t rule = 0;
  while (!is_left(rule))
    ++rule;
  for (size_t i = 0; i < starts_.size(); ++i)
    rule = *std::ranges::find_if(callees[rule], is_left);
  throw GrammarError(
      fmt::format("the rule \"{}\" begins with itself (left recursion), perhaps through others",
                  starts_[rule].name));
}

void AutomatonChecks::trim(const std::vector<bool>& ends) {
  for (Automaton::State& state : automaton_.states_) {
    const auto edges = automaton_.edges_.begin() + state.first_edge;
    const auto edges_end =
        std::remove_if(edges, edges + state.edges,
                       [&](const Automaton::ByteEdge& edge) { return !ends[edge.target]; });
    state.edges = static_cast<uint32_t>(edges_end - edges);
    const auto calls = automaton_.calls_.begin() + state.first_call;
    const auto calls_end =
        std::remove_if(calls, calls + state.calls, [&](const Automaton::Call& call) {
          return !ends[call.rule_start] || !ends[call.after];
        });
    state.calls = static_cast<uint32_t>(calls_end - calls);
  }
}

}  // namespace suan::engine
