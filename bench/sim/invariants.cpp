#include "bench/sim/invariants.h"

#include <map>

#include <fmt/core.h>

#include "catalog/types/uuid.h"

namespace suan::bench {

namespace {

constexpr size_t kBreachesMax = 20;

class Breaches {
 public:
  void expect(bool holds, const RequestId& request, const std::string& what) {
    if (holds || breaches_.size() >= kBreachesMax) return;
    breaches_.push_back(fmt::format("request {}: {}", to_string(request.value()), what));
  }

  [[nodiscard]] std::vector<std::string> take() { return std::move(breaches_); }

 private:
  std::vector<std::string> breaches_;
};

void check_success(const SeenRequest& one,
                   const std::vector<const UsageRow*>& rows,
                   Breaches& breaches) {
  breaches.expect(rows.size() == 1, one.request,
                  fmt::format("succeeded with {} usage rows", rows.size()));
  if (rows.size() != 1) return;
  const Usage& usage = rows[0]->usage;
  breaches.expect(rows[0]->status == "done", one.request, "succeeded, its row says otherwise");
  breaches.expect(usage == one.usage, one.request,
                  "the row differs from what the client was told");
  breaches.expect(usage.completion_tokens == one.tokens, one.request,
                  fmt::format("the client counted {} tokens, the row {}", one.tokens,
                              usage.completion_tokens));
}

}  // namespace

std::vector<std::string> request_violations(
    const std::vector<std::shared_ptr<SeenRequest>>& seen, const std::vector<UsageRow>& rows) {
  Breaches breaches;
  std::map<RequestId, std::vector<const UsageRow*>> rows_of;
  for (const UsageRow& row : rows)
    rows_of[row.request].push_back(&row);

  for (const auto& one : seen) {
    const auto& own = rows_of[one->request];
    breaches.expect(one->ends == 1, one->request, fmt::format("ended {} times", one->ends));
    for (const std::string& broken : one->broken)
      breaches.expect(false, one->request, broken);
    breaches.expect(own.size() <= 1, one->request, "more than one attempt was delivered");
    if (one->ends == 1 && !one->error) check_success(*one, own, breaches);
    if (one->tokens > 0 && one->ends == 1) {
      breaches.expect(own.size() == 1, one->request, "tokens were shown, and no row tells");
    }
  }
  return breaches.take();
}

}  // namespace suan::bench
