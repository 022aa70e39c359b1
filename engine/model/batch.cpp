#include "engine/model/batch.h"

#include <cassert>

namespace suan::engine {

void Batch::clear() {
  tokens_.clear();
  positions_.clear();
  cache_rows_.clear();
  output_rows_.clear();
  prompts_.clear();
  decodes_.clear();
}

void Batch::add_prompt(const int32_t* tokens,
                       size_t count,
                       size_t position,
                       const PageLease& lease) {
  assert(count > 0);
  prompts_.push_back({rows(), count, position, lease.pages()});
  add_rows(tokens, count, position, lease);
}

void Batch::add_decodes(const int32_t* tokens,
                        size_t count,
                        size_t position,
                        const PageLease& lease) {
  assert(count > 0);
  decodes_.push_back({rows(), count, position, lease.pages()});
  add_rows(tokens, count, position, lease);
}

size_t Batch::want_output(size_t count) {
  assert(count > 0);
  assert(count <= rows());
  const size_t first = output_rows_.size();
  for (size_t row = rows() - count; row < rows(); ++row)
    output_rows_.push_back(static_cast<uint32_t>(row));
  return first;
}

void Batch::add_rows(const int32_t* tokens,
                     size_t count,
                     size_t position,
                     const PageLease& lease) {
  for (size_t i = 0; i < count; ++i) {
    tokens_.push_back(tokens[i]);
    positions_.push_back(static_cast<uint32_t>(position + i));
    cache_rows_.push_back(lease.row(position + i));
  }
}

}  // namespace suan::engine
