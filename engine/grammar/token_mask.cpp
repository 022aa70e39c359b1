#include "engine/grammar/token_mask.h"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <utility>

namespace suan::engine {
namespace {

/// Simple operations that go into masks beforehand; what is left is done while texts are made.
constexpr uint64_t kMaskSteps = 60'000'000;
constexpr size_t kMachineBytesMax = size_t{8} << 20U;

uint64_t mixed(uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

/// States in the order in which texts can reach them.
std::vector<uint32_t> in_order_of_reach(const Automaton& automaton) {
  std::vector<bool> seen(automaton.size(), false);
  std::vector<uint32_t> order;
  const auto add = [&](uint32_t state) {
    if (seen[state]) return;
    seen[state] = true;
    order.push_back(state);
  };
  add(automaton.start());
  for (size_t i = 0; i < order.size(); ++i) {
    for (const Automaton::Call& call : automaton.calls(order[i])) {
      add(call.rule_start);
      add(call.after);
    }
    for (const Automaton::ByteEdge& edge : automaton.edges(order[i]))
      add(edge.target);
  }
  return order;
}

uint64_t next_look(const Automaton& automaton,
                   uint32_t state,
                   const std::vector<uint64_t>& looks) {
  uint64_t look = automaton.is_final(state) ? 1 : 2;
  for (const Automaton::ByteEdge& edge : automaton.edges(state)) {
    look = mixed(look * 3 + (uint64_t{edge.low} << 8U | edge.high));
    look = mixed(look * 5 + looks[edge.target]);
  }
  for (const Automaton::Call& call : automaton.calls(state)) {
    look = mixed(look * 7 + call.rule_start);
    look = mixed(look * 11 + call.after);
  }
  return look;
}

size_t count_different(std::vector<uint64_t> numbers) {
  std::ranges::sort(numbers);
  return static_cast<size_t>(std::unique(numbers.begin(), numbers.end()) - numbers.begin());
}

}  // namespace

void TokenMask::add_to(std::span<uint64_t> bits) const {
  const size_t shared = std::min(bits.size(), words.size());
  for (size_t i = 0; i < shared; ++i)
    bits[i] |= words[i];
  for (const int32_t token : tokens) {
    const auto at = static_cast<size_t>(token);
    if (at / 64 < bits.size()) bits[at / 64] |= uint64_t{1} << (at % 64);
  }
}

size_t TokenMask::bytes() const {
  return sizeof(TokenMask) + tokens.size() * sizeof(int32_t) + words.size() * sizeof(uint64_t) +
         exits.size() * sizeof(uint32_t);
}

uint64_t walk_trie(const TokenTable& tokens,
                   uint32_t root,
                   Machine& machine,
                   Machine::SetId from,
                   std::vector<int32_t>& accepted,
                   std::vector<uint32_t>* exits) {
  const std::span<const TokenTable::Node> nodes = tokens.nodes();
  std::array<Machine::SetId, TokenTable::kTokenBytesMax + 1> path{};
  path[nodes[root].depth] = from;
  uint64_t visited = 0;
  const uint32_t end = nodes[root].next;
  for (uint32_t i = root + 1; i < end; ++visited) {
    const TokenTable::Node& node = nodes[i];
    const Machine::SetId set = machine.step(path[node.depth - 1U], node.byte);
    if (set == Machine::kDead) {
      i = node.next;
      continue;
    }
    path[node.depth] = set;
    const auto first = tokens.order().begin() + node.first_token;
    accepted.insert(accepted.end(), first, first + node.tokens);
    if (exits != nullptr && node.next > i + 1 && machine.is_complete(set)) exits->push_back(i);
    i = machine.positions(set).empty() ? node.next : i + 1;
  }
  return visited;
}

TokenMask make_token_mask(const TokenTable& tokens,
                          uint32_t state,
                          Machine& machine,
                          uint64_t& visited) {
  TokenMask mask;
  const Machine::SetId from = machine.exactly({{state, Machine::kEmptyStack}});
  visited += walk_trie(tokens, 0, machine, from, mask.tokens, &mask.exits);
  const size_t words = (tokens.size() + 63) / 64;
  if (mask.tokens.size() * sizeof(int32_t) > words * sizeof(uint64_t)) {
    std::vector<uint64_t> bits(words, 0);
    mask.add_to(bits);
    mask.words = std::move(bits);
    mask.tokens.clear();
  }
  mask.tokens.shrink_to_fit();
  mask.exits.shrink_to_fit();
  return mask;
}

std::vector<uint64_t> looks_of_states(const Automaton& automaton,
                                      size_t bytes,
                                      CompileBudget& budget) {
  // After n rounds a look tells states apart that differ within n bytes. A called rule may be
  // empty, so what follows a call counts as itself. Each round can only tell more apart; when
  // twice as many rounds tell no more, none ever will.
  std::vector<uint64_t> looks(automaton.size(), 0);
  std::vector<uint64_t> next(automaton.size());
  size_t told_apart = 0;
  for (size_t round = 1; round <= bytes + 1; ++round) {
    for (uint32_t state = 0; state < automaton.size(); ++state) {
      budget.spend(2 + automaton.edges(state).size() + automaton.calls(state).size());
      next[state] = next_look(automaton, state, looks);
    }
    looks.swap(next);
    if (!std::has_single_bit(round)) continue;
    const size_t now = count_different(looks);
    if (now == told_apart) break;
    told_apart = now;
  }
  return looks;
}

StateMasks::StateMasks(const Automaton& automaton,
                       const TokenTable& tokens,
                       CompileBudget& budget)
    : mask_of_(automaton.size(), kNone) {
  budget.take(mask_of_.size() * (sizeof(uint32_t) + 2 * sizeof(uint64_t)));
  const std::vector<uint64_t> looks = looks_of_states(automaton, tokens.longest(), budget);
  std::unordered_map<uint64_t, uint32_t> known;
  auto machine = std::make_unique<Machine>(automaton);
  uint64_t steps = 0;
  size_t bytes = 0;
  for (const uint32_t state : in_order_of_reach(automaton)) {
    if (automaton.edges(state).empty()) continue;
    const auto [found, is_new] = known.try_emplace(looks[state], masks_.size());
    if (is_new) {
      if (steps > kMaskSteps || bytes > CompileBudget::kBytes / 4) {
        known.erase(found);
        continue;
      }
      const uint64_t before = machine->work();
      machine->allow_work(Machine::kWorkMax);
      uint64_t visited = 0;
      masks_.push_back(make_token_mask(tokens, state, *machine, visited));
      bytes += masks_.back().bytes();
      steps += visited + machine->work() - before;
      if (machine->bytes() > kMachineBytesMax) machine = std::make_unique<Machine>(automaton);
    }
    mask_of_[state] = found->second;
  }
  budget.spend(steps);
  budget.take(bytes);
}

size_t StateMasks::bytes() const {
  size_t sum = mask_of_.size() * sizeof(uint32_t);
  for (const TokenMask& mask : masks_)
    sum += mask.bytes();
  return sum;
}

}  // namespace suan::engine
