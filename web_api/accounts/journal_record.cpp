#include "web_api/accounts/journal_record.h"

#include <cassert>
#include <concepts>
#include <limits>

#include "catalog/types/bytes.h"
#include "catalog/types/text.h"

namespace suan::web_api {
namespace {

constexpr std::string_view kMagic = "SUANUJ1\n";
constexpr size_t kFrameBytes = 8;  // length and CRC
constexpr size_t kStatusMax = 64;

template <std::unsigned_integral T>
void put(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
  }
}

void put(std::string& out, std::string_view text) {
  assert(text.size() <= std::numeric_limits<uint16_t>::max());
  put(out, static_cast<uint16_t>(text.size()));
  out += text;
}

/// A name that recovery would call damaged must never get into the journal.
bool is_name_or_unset(const std::string& name) {
  return name.empty() || is_valid_name(name);
}

/// Takes numbers and texts off the front; once something is missing, `is_whole` stays false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <std::unsigned_integral T>
  T number() {
    T value = 0;
    const auto bytes = take(sizeof(T));
    for (size_t i = 0; i < bytes.size(); ++i) {
      value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i));
    }
    return value;
  }

  std::string text() { return std::string(take(number<uint16_t>())); }

  std::string status() {
    auto text_read = text();
    is_whole_ &= text_read.size() <= kStatusMax;
    return text_read;
  }

  /// A name, or nothing where the column is unset.
  template <class AnyId>
  AnyId id() {
    auto name = text();
    is_whole_ &= is_name_or_unset(name);
    return AnyId(std::move(name));
  }

  [[nodiscard]] bool has_ended_well() const { return is_whole_ && bytes_.empty(); }

  [[nodiscard]] bool is_whole() const { return is_whole_; }

 private:
  std::string_view take(size_t size) {
    is_whole_ &= bytes_.size() >= size;
    if (!is_whole_) return {};
    const auto front = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return front;
  }

  std::string_view bytes_;
  bool is_whole_ = true;
};

void put_row(std::string& out, const UsageRow& row) {
  put(out, row.request.value().high);
  put(out, row.request.value().low);
  put(out, row.attempt);
  put(out, row.account.value());
  put(out, row.model.value());
  put(out, row.site.value());
  put(out, row.node.value());
  put(out, row.usage.prompt_tokens);
  put(out, row.usage.completion_tokens);
  put(out, row.usage.cached_tokens);
  put(out, static_cast<uint64_t>(row.amount_n));
  put(out, row.status);
  put(out, static_cast<uint64_t>(to_us(row.at)));
}

UsageRow read_row(Reader& in) {
  UsageRow row;
  const auto high = in.number<uint64_t>();
  row.request = RequestId(Uuid{high, in.number<uint64_t>()});
  row.attempt = in.number<uint32_t>();
  row.account = in.id<AccountId>();
  row.model = in.id<ModelId>();
  row.site = in.id<SiteId>();
  row.node = in.id<NodeId>();
  row.usage.prompt_tokens = in.number<uint32_t>();
  row.usage.completion_tokens = in.number<uint32_t>();
  row.usage.cached_tokens = in.number<uint32_t>();
  row.amount_n = static_cast<int64_t>(in.number<uint64_t>());
  row.status = in.status();
  row.at = wall_time_of_us(static_cast<int64_t>(in.number<uint64_t>()));
  return row;
}

}  // namespace

std::string journal_header(uint64_t first_sequence) {
  std::string head(kMagic);
  put(head, first_sequence);
  put(head, crc32c(head));
  assert(head.size() == kJournalHeaderBytes);
  return head;
}

std::optional<uint64_t> read_journal_header(std::string_view segment) {
  const auto head = segment.substr(0, kJournalHeaderBytes);
  if (head.size() < kJournalHeaderBytes || !head.starts_with(kMagic)) return std::nullopt;
  Reader in(head.substr(kMagic.size()));
  const auto first_sequence = in.number<uint64_t>();
  if (in.number<uint32_t>() != crc32c(head.substr(0, kJournalHeaderBytes - 4)))
    return std::nullopt;
  return first_sequence;
}

void append_journal_record(std::string& out, const JournalRecord& record) {
  assert(is_name_or_unset(record.row.account.value()));
  assert(is_name_or_unset(record.row.model.value()));
  assert(is_name_or_unset(record.row.site.value()));
  assert(is_name_or_unset(record.row.node.value()));
  assert(record.row.status.size() <= kStatusMax);
  std::string body;
  put(body, record.sequence);
  put_row(body, record.row);
  assert(kFrameBytes + body.size() <= kJournalRecordMax);
  put(out, static_cast<uint32_t>(body.size()));
  put(out, crc32c(body));
  out += body;
}

std::optional<JournalPiece> read_journal_record(std::string_view bytes, uint64_t sequence) {
  Reader frame(bytes.substr(0, kFrameBytes));
  const auto length = frame.number<uint32_t>();
  const auto crc = frame.number<uint32_t>();
  if (!frame.is_whole() || length > kJournalRecordMax - kFrameBytes) return std::nullopt;
  const auto body = bytes.substr(kFrameBytes, length);
  if (body.size() < length || crc32c(body) != crc) return std::nullopt;

  JournalPiece piece;
  piece.bytes = kFrameBytes + length;
  Reader in(body);
  piece.record.sequence = in.number<uint64_t>();
  piece.record.row = read_row(in);
  if (!in.has_ended_well() || piece.record.sequence != sequence) return std::nullopt;
  return piece;
}

JournalScan scan_journal(std::string_view segment,
                         const std::function<void(const JournalRecord&)>& on_record) {
  JournalScan scan;
  const auto first_sequence = read_journal_header(segment);
  if (!first_sequence) return scan;
  scan.first_sequence = *first_sequence;
  scan.good_bytes = kJournalHeaderBytes;
  for (;;) {
    const auto piece =
        read_journal_record(segment.substr(scan.good_bytes), scan.first_sequence + scan.rows);
    if (!piece) return scan;
    if (on_record) on_record(piece->record);
    ++scan.rows;
    scan.good_bytes += piece->bytes;
  }
}

}  // namespace suan::web_api
