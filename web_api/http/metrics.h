#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types/time.h"

namespace suan::web_api {

/// A number that another module keeps, at the moment of a scrape.
struct Sample {
  std::string name;  // suan_..., with its base unit
  std::string help;
  double value = 0;
  bool is_counter = false;
};

/// What HTTP did, for Prometheus. Labels are route patterns and statuses, never ids.
///
/// Threads:  any.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// `route` is the pattern of the table, or `none`.
  void request_ended(std::string_view route, int status, Duration took);
  /// A connection or request that was turned away before any route: `connections`, `memory`.
  void refused(std::string_view reason);
  void connection_opened();
  void connection_closed();

  /// Prometheus' text format, with `more` from elsewhere.
  [[nodiscard]] std::string text(const std::vector<Sample>& more) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan::web_api
