#include "web_api/openai/prefix_hasher.h"

#include <algorithm>
#include <cstring>

#include "catalog/types/random.h"

namespace suan::web_api {

void PrefixHasher::add(std::string_view text) {
  while (!text.empty() && hashes_.size() < kHashesMax) {
    const size_t count = std::min(text.size(), kBlockBytes - filled_);
    std::memcpy(block_.data() + filled_, text.data(), count);
    filled_ += count;
    text.remove_prefix(count);
    if (filled_ == kBlockBytes) finish_block();
  }
}

void PrefixHasher::finish_block() {
  for (size_t i = 0; i < kBlockBytes; i += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, block_.data() + i, sizeof(word));
    chain_ = splitmix64(chain_ ^ word);
  }
  hashes_.push_back(chain_);
  filled_ = 0;
}

}  // namespace suan::web_api
