#include "scheduler/planning/capacity/traffic.h"

#include <algorithm>
#include <cassert>

namespace suan::scheduler {
namespace {

// Thousandths of an etok per second: less is rounding.
constexpr double kNothing = 1e-6;

constexpr auto kOnlyAsking = [](const auto&, double) {};

}  // namespace

Traffic::Traffic(const SearchService& service)
    : service_(&service),
      flows_{.used = std::vector<double>(service.size() + 1),
             .counts = std::vector<double>(service.size())} {
  for (uint32_t cell = 0; cell < service.cells(); ++cell) {
    const double amount = service.demand[cell];
    if (amount <= kNothing) continue;
    flows_.portions.push_back({.cell = cell,
                               .option = service.size(),
                               .amount = amount,
                               .price = service.unmet[cell]});
    flows_.used.back() += amount;
  }
}

double Traffic::saving_of_add(uint32_t option) const {
  return fill(flows_, option, capacity(option) + room(flows_, option), kOnlyAsking);
}

double Traffic::loss_of_drop(uint32_t option) const {
  assert(count(option) > 0);
  return shed(flows_, option, excess(flows_, option), kOnlyAsking);
}

double Traffic::loss_of_swap(uint32_t added, uint32_t dropped) const {
  assert(count(dropped) > 0);
  trial_ = flows_;
  trial_.counts[added] += 1;
  const double saving = fill(trial_, added, room(trial_, added));
  return shed(trial_, dropped, excess(trial_, dropped), kOnlyAsking) - saving;
}

void Traffic::add(uint32_t option) {
  flows_.counts[option] += 1;
  fill(flows_, option, room(flows_, option));
}

void Traffic::drop(uint32_t option) {
  assert(count(option) > 0);
  shed(flows_, option, excess(flows_, option));
  flows_.counts[option] -= 1;
}

void Traffic::settle() {
  for (uint32_t option = 0; option < service_->size(); ++option) {
    if (count(option) > 0) fill(flows_, option, room(flows_, option));
  }
}

double Traffic::cost() const {
  double sum = 0;
  for (const Portion& portion : flows_.portions)
    sum += portion.amount * portion.price;
  for (uint32_t i = 0; i < service_->size(); ++i) {
    const SearchOption& option = service_->options[i];
    sum += count(i) * option.fixed;
    sum += std::abs(count(i) - option.present) * option.switching;
  }
  return sum;
}

/// Offers `take` what gains by going to `option`, best first, until `room` is full; returns the gain.
template <class Take>
double Traffic::fill(const Flows& flows, uint32_t option, double room, const Take& take) const {
  if (room <= kNothing) return 0;
  const double* costs = service_->costs_of(option);
  const auto portions = static_cast<uint32_t>(flows.portions.size());
  moves_.resize(portions);
  size_t moves = 0;
  for (uint32_t i = 0; i < portions; ++i) {
    const Portion& portion = flows.portions[i];
    const double more = costs[portion.cell] - portion.price;
    moves_[moves] = {.price = more, .portion = i, .to = option};
    moves += more < 0 && portion.option != option ? 1 : 0;
  }
  moves_.resize(moves);
  std::ranges::sort(moves_, {}, &Move::price);
  double gain = 0;
  for (const Move& move : moves_) {
    const double amount = std::min(room, flows.portions[move.portion].amount);
    gain -= amount * move.price;
    room -= amount;
    take(move, amount);
    if (room <= kNothing) break;
  }
  return gain;
}

/// Offers `take` where `amount` of `option` can go, cheapest first; returns what that costs.
template <class Take>
double Traffic::shed(const Flows& flows,
                     uint32_t option,
                     double amount,
                     const Take& take) const {
  if (amount <= kNothing) return 0;
  const uint32_t unmet = service_->size();
  rooms_.resize(unmet + 1);
  targets_.clear();
  for (uint32_t to = 0; to < unmet; ++to) {
    if (flows.counts[to] == 0 || to == option) continue;
    rooms_[to] = room(flows, to);
    if (rooms_[to] > kNothing) targets_.push_back(to);
  }
  rooms_[unmet] = amount;
  targets_.push_back(unmet);
  const auto portions = static_cast<uint32_t>(flows.portions.size());
  amounts_.resize(portions);
  moves_.resize(size_t{portions} * targets_.size());
  size_t moves = 0;
  for (uint32_t i = 0; i < portions; ++i) {
    const Portion& portion = flows.portions[i];
    if (portion.option != option) continue;
    amounts_[i] = portion.amount;
    for (const uint32_t to : targets_) {
      moves_[moves++] = {
          .price = service_->price(portion.cell, to) - portion.price, .portion = i, .to = to};
    }
  }
  moves_.resize(moves);
  std::ranges::sort(moves_, {}, &Move::price);
  double loss = 0;
  for (const Move& move : moves_) {
    const double part = std::min({amount, amounts_[move.portion], rooms_[move.to]});
    if (part <= 0) continue;
    loss += part * move.price;
    amount -= part;
    amounts_[move.portion] -= part;
    rooms_[move.to] -= part;
    take(move, part);
    if (amount <= kNothing) break;
  }
  return loss;
}

double Traffic::fill(Flows& flows, uint32_t option, double room) const {
  const double gain =
      fill(std::as_const(flows), option, room,
           [&](const Move& move, double amount) { this->move(flows, move, amount); });
  std::erase_if(flows.portions, [](const Portion& each) { return each.amount <= kNothing; });
  return gain;
}

double Traffic::shed(Flows& flows, uint32_t option, double amount) const {
  const double loss =
      shed(std::as_const(flows), option, amount,
           [&](const Move& move, double part) { this->move(flows, move, part); });
  std::erase_if(flows.portions, [](const Portion& each) { return each.amount <= kNothing; });
  return loss;
}

void Traffic::move(Flows& flows, const Move& move, double amount) const {
  Portion& from = flows.portions[move.portion];
  const uint32_t cell = from.cell;
  from.amount -= amount;
  flows.used[from.option] -= amount;
  flows.used[move.to] += amount;
  for (Portion& each : flows.portions) {
    if (each.cell != cell || each.option != move.to) continue;
    each.amount += amount;
    return;
  }
  flows.portions.push_back({.cell = cell,
                            .option = move.to,
                            .amount = amount,
                            .price = service_->price(cell, move.to)});
}

}  // namespace suan::scheduler
