#include <algorithm>
#include <bit>
#include <cassert>
#include <deque>
#include <exception>
#include <unordered_map>
#include <utility>

#include "engine/grammar/compiled.h"
#include "engine/grammar/grammar.h"

namespace suan::engine {
namespace {

constexpr size_t kMachineBytesMax = size_t{8} << 20U;
constexpr uint64_t kWorkOfOneToken = 8'000'000;
constexpr uint64_t kVisitsOfOneToken = 8'000'000;
constexpr size_t kMasksKept = 8;

}  // namespace

class GrammarState::Runner {
 public:
  explicit Runner(std::shared_ptr<const Grammar> grammar)
      : grammar_(std::move(grammar)),
        compiled_(grammar_->compiled()),
        machine_(std::make_unique<Machine>(compiled_.automaton)) {
    sets_.push_back(machine_->start(compiled_.automaton.start()));
  }

  bool mask(std::span<uint64_t> bits) {
    std::ranges::fill(bits, 0);
    if (!failure_.empty()) return false;
    try {
      add_tokens(bits);
    } catch (const GrammarError& error) {
      std::ranges::fill(bits, 0);
      failure_ = error.what();
      return false;
    }
    if (is_complete()) {
      for (const int32_t token : compiled_.tokens->ends()) {
        const auto at = static_cast<size_t>(token);
        if (at / 64 < bits.size()) bits[at / 64] |= uint64_t{1} << (at % 64);
      }
    }
    const bool has_any = std::ranges::any_of(bits, [](uint64_t word) { return word != 0; });
    if (!has_any && !is_complete()) {
      failure_ = "no token of the vocabulary fits the grammar here";
    }
    return has_any;
  }

  bool accept(int32_t token) {
    if (!failure_.empty()) return false;
    Machine::SetId set = sets_.back();
    if (compiled_.tokens->is_end(token)) {
      if (!is_complete()) return false;
      keep(set);
      return true;
    }
    const std::string_view bytes = compiled_.tokens->spelled(token);
    if (bytes.empty()) return false;
    try {
      machine_->allow_work(kWorkOfOneToken);
      for (const char byte : bytes) {
        set = machine_->step(set, static_cast<uint8_t>(byte));
        if (set == Machine::kDead) return false;
      }
      keep(set);
      if (machine_->bytes() > kMachineBytesMax) start_afresh();
    } catch (const GrammarError& error) {
      failure_ = error.what();
      return false;
    }
    return true;
  }

  void take_back(uint32_t count) {
    assert(count < sets_.size());
    sets_.erase(sets_.end() - static_cast<ptrdiff_t>(count), sets_.end());
    failure_.clear();
  }

  [[nodiscard]] bool is_complete() const { return machine_->is_complete(sets_.back()); }

  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  struct KeptMask {
    Machine::SetId set = Machine::kDead;
    std::vector<uint64_t> bits;
  };

  void keep(Machine::SetId set) {
    sets_.push_back(set);
    if (sets_.size() > kTakenBackMax + 1) sets_.pop_front();
  }

  /// Forgets every set but those that can be returned to.
  void start_afresh() {
    auto fresh = std::make_unique<Machine>(compiled_.automaton);
    const std::vector<Machine::SetId> old(sets_.begin(), sets_.end());
    const std::vector<Machine::SetId> own = fresh->adopt(*machine_, old);
    sets_.assign(own.begin(), own.end());
    machine_ = std::move(fresh);
    masks_.clear();
  }

  void add_tokens(std::span<uint64_t> bits) {
    const Machine::SetId set = sets_.back();
    const auto kept = std::ranges::find_if(masks_, [&](const KeptMask& mask) {
      return mask.set == set && mask.bits.size() == bits.size();
    });
    if (kept != masks_.end()) {
      std::ranges::copy(kept->bits, bits.begin());
      return;
    }
    machine_->allow_work(kWorkOfOneToken);
    visited_ = 0;
    work_out(set, bits);
    if (masks_.size() == kMasksKept) masks_.pop_front();
    masks_.push_back({set, {bits.begin(), bits.end()}});
  }

  void work_out(Machine::SetId set, std::span<uint64_t> bits) {
    // Walking adds positions to the machine, so these are copied.
    const auto span = machine_->positions(set);
    const std::vector<Position> positions(span.begin(), span.end());
    TokenMask more;
    std::vector<Position> unknown;
    std::unordered_map<uint32_t, Machine::SetId> after;  // by stack
    for (const Position position : positions) {
      const TokenMask* mask = compiled_.masks.of(position.state);
      if (mask == nullptr) {
        unknown.push_back(position);
        continue;
      }
      mask->add_to(bits);
      if (position.stack == Machine::kEmptyStack || mask->exits.empty()) continue;
      const auto [found, is_new] = after.try_emplace(position.stack, Machine::kDead);
      if (is_new) found->second = machine_->after_end_of(position.stack);
      for (const uint32_t node : mask->exits)
        walk(node, found->second, more.tokens);
    }
    if (!unknown.empty()) walk(0, machine_->exactly(unknown), more.tokens);
    more.add_to(bits);
  }

  void walk(uint32_t node, Machine::SetId from, std::vector<int32_t>& accepted) {
    visited_ += walk_trie(*compiled_.tokens, node, *machine_, from, accepted, nullptr);
    if (visited_ > kVisitsOfOneToken) {
      throw GrammarError("the grammar is too ambiguous: one token takes too much work");
    }
  }

  std::shared_ptr<const Grammar> grammar_;
  const Grammar::Compiled& compiled_;
  std::unique_ptr<Machine> machine_;
  std::deque<Machine::SetId> sets_;  // after each of the last tokens; the last is now
  std::deque<KeptMask> masks_;
  uint64_t visited_ = 0;  // trie nodes, for the mask that is being made
  std::string failure_;
};

GrammarState::GrammarState(std::shared_ptr<const Grammar> grammar)
    : runner_(std::make_unique<Runner>(std::move(grammar))) {}

GrammarState::~GrammarState() = default;
GrammarState::GrammarState(GrammarState&& other) noexcept = default;
GrammarState& GrammarState::operator=(GrammarState&& other) noexcept = default;

bool GrammarState::mask(std::span<uint64_t> bits) {
  return runner_->mask(bits);
}

bool GrammarState::accept(int32_t token) {
  return runner_->accept(token);
}

void GrammarState::take_back(uint32_t count) {
  runner_->take_back(count);
}

bool GrammarState::is_complete() const {
  return runner_->is_complete();
}

const std::string& GrammarState::failure() const {
  return runner_->failure();
}

}  // namespace suan::engine
