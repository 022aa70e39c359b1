#include "web_api/http/outgoing.h"

#include <cassert>
#include <utility>

namespace suan::web_api {

namespace {

// What an idle connection may keep; ten thousand of them are expected (H10).
constexpr size_t kKeptBytes = 1024;

}  // namespace

void Outgoing::add(std::string_view bytes, uint64_t payload) {
  waiting_.append(bytes);
  waiting_payload_ += payload;
}

std::string_view Outgoing::next(size_t limit) {
  if (writing_.empty()) {
    writing_.swap(waiting_);
    std::swap(writing_payload_, waiting_payload_);
  }
  return std::string_view(writing_).substr(written_, limit);
}

uint64_t Outgoing::sent(size_t count) {
  written_ += count;
  assert(written_ <= writing_.size());
  if (written_ < writing_.size()) return 0;
  writing_.clear();
  if (writing_.capacity() > kKeptBytes) writing_.shrink_to_fit();
  written_ = 0;
  return std::exchange(writing_payload_, 0);
}

}  // namespace suan::web_api
