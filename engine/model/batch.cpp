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
  for (size_t i = 0; i < count; ++i)
    add_row(tokens[i], position + i, lease);
}

void Batch::add_decode(int32_t token, size_t position, const PageLease& lease) {
  decodes_.push_back({rows(), 1, position, lease.pages()});
  add_row(token, position, lease);
}

size_t Batch::want_output() {
  assert(rows() > 0);
  output_rows_.push_back(static_cast<uint32_t>(rows() - 1));
  return output_rows_.size() - 1;
}

void Batch::add_row(int32_t token, size_t position, const PageLease& lease) {
  tokens_.push_back(token);
  positions_.push_back(static_cast<uint32_t>(position));
  cache_rows_.push_back(lease.row(position));
}

}  // namespace suan::engine
