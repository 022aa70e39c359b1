#include "tests/oracle/every_logit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <span>

#include "engine/backend/registry.h"
#include "engine/model/architectures.h"
#include "engine/model/mtp.h"

namespace suan::engine {
namespace {

std::vector<uint32_t> first_rows(size_t count) {
  std::vector<uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

/// One sequence on its way through a decoder and its head.
class Run {
 public:
  Run(const ModelFile& model, const std::string& backend, const std::vector<int32_t>& tokens)
      : backend_(make_backend(backend, 1)),
        loader_(model, *backend_),
        decoder_(loader_, make_layers(loader_), {tokens.size(), tokens.size(), tokens.size()}),
        cache_(*backend_,
               cache_shape(model.manifest().hyper),
               static_cast<uint32_t>(PagePool::pages_for(tokens.size()))),
        lease_(cache_.pages().lease(tokens.size())),
        tokens_(tokens) {
    if (model.manifest().hyper.mtp_layers > 0) head_.emplace(loader_, decoder_);
  }

  /// The next `count` tokens.
  void feed(size_t count, bool is_prompt) {
    add(tokens_, count, is_prompt);
    (void)decoder_.forward(batch_, cache_);
    append(decoder_.outputs(first_rows(count)), logits_.main);
    const size_t known = std::min(count, tokens_.size() - 1 - position_);
    if (head_ && known > 0) {
      const Tensor states = decoder_.hidden();
      add(std::span(tokens_).subspan(1), known, is_prompt);
      (void)head_->forward(batch_, states, first_rows(known), cache_);
      append(head_->outputs(first_rows(known)), logits_.predictions);
    }
    position_ += count;
  }

  [[nodiscard]] const Logits& logits() const { return logits_; }

 private:
  void add(std::span<const int32_t> tokens, size_t count, bool is_prompt) {
    batch_.clear();
    const int32_t* first = tokens.data() + position_;
    if (is_prompt) {
      batch_.add_prompt(first, count, position_, lease_);
    } else {
      batch_.add_decodes(first, count, position_, lease_);
    }
  }

  static void append(std::span<const float> values, std::vector<double>& all) {
    all.insert(all.end(), values.begin(), values.end());
  }

  std::unique_ptr<Backend> backend_;
  WeightLoader loader_;
  Decoder decoder_;
  std::optional<Mtp> head_;
  KvCache cache_;
  PageLease lease_;
  std::vector<int32_t> tokens_;
  size_t position_ = 0;
  Batch batch_;
  Logits logits_;
};

size_t best_of(std::span<const double> row) {
  return static_cast<size_t>(std::ranges::max_element(row) - row.begin());
}

}  // namespace

Logits run_engine(const ModelFile& model,
                  const std::string& backend,
                  const std::vector<int32_t>& tokens,
                  size_t prompt) {
  Run run(model, backend, tokens);
  run.feed(prompt, true);
  for (size_t position = prompt; position < tokens.size(); ++position)
    run.feed(1, false);
  return run.logits();
}

Difference difference(const std::vector<double>& found,
                      const std::vector<double>& expected,
                      size_t vocabulary,
                      double tolerance) {
  if (found.size() != expected.size() || found.size() % vocabulary != 0)
    return {.largest = std::numeric_limits<double>::infinity()};
  Difference result;
  for (size_t i = 0; i < found.size(); ++i) {
    const double apart = std::abs(found[i] - expected[i]);
    // NaN is further away than anything.
    if (!(apart <= result.largest))
      result.largest = std::isnan(apart) ? std::numeric_limits<double>::infinity() : apart;
  }
  std::vector<double> roots;
  for (size_t first = 0; first < found.size(); first += vocabulary) {
    const std::span row = std::span(expected).subspan(first, vocabulary);
    const size_t chosen = best_of(std::span(found).subspan(first, vocabulary));
    if (row[best_of(row)] - row[chosen] > tolerance) ++result.other_bests;
    double squares = 0;
    for (size_t i = 0; i < vocabulary; ++i)
      squares += std::pow(found[first + i] - row[i], 2);
    roots.push_back(std::sqrt(squares / static_cast<double>(vocabulary)));
  }
  std::ranges::sort(roots);
  result.typical = roots[roots.size() / 2];
  return result;
}

}  // namespace suan::engine
