#include "catalog/wire/http_client.h"

namespace suan {

namespace {

constexpr size_t kEventBytesMax = 1U << 20U;
constexpr std::string_view kDataField = "data:";

}  // namespace

Result<void> SseReader::feed(std::string_view bytes,
                             const std::function<void(std::string_view)>& on_data) {
  // `line_` never holds a line end, so only the new bytes are searched: linear, however small
  // the pieces are.
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (line_.size() + data_.size() > kEventBytesMax) {
      return fail(ErrorCode::TooLarge, "an event of the stream exceeds {} bytes",
                  kEventBytesMax);
    }
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 1);
    take_line(on_data);
    line_.clear();
  }
  return {};
}

void SseReader::take_line(const std::function<void(std::string_view)>& on_data) {
  std::string_view line = line_;
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.empty()) {
    if (has_data_) on_data(data_);
    data_.clear();
    has_data_ = false;
    return;
  }
  if (line.substr(0, kDataField.size()) != kDataField) return;  // comments and other fields

  line.remove_prefix(kDataField.size());
  if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  if (has_data_) data_ += '\n';
  data_ += line;
  has_data_ = true;
}

}  // namespace suan
