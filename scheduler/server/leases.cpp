#include "scheduler/server/leases.h"

#include <memory>

namespace suan::scheduler {

std::optional<uint64_t> Epochs::next() {
  if (left() < kEpochsReserved / 2 && !is_asking_) ask_for_more();
  if (range_.first >= range_.ceiling) {
    range_ = following_;
    following_ = {};
  }
  if (range_.first >= range_.ceiling) return std::nullopt;
  return range_.first++;
}

uint64_t Epochs::left() const {
  return (range_.ceiling - range_.first) + (following_.ceiling - following_.first);
}

void Epochs::ask_for_more() {
  is_asking_ = true;
  const auto raised = std::make_shared<EpochRange>();
  outbox_.write(
      [raised](Database& database) {
        *raised = FenceTable(database).raise_ceiling(kEpochsReserved);
      },
      [this, raised](const std::string& error) {
        is_asking_ = false;
        if (error.empty()) following_ = *raised;
      });
}

}  // namespace suan::scheduler
