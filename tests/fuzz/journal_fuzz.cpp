// The usage journal after a crash: whatever is on the disk, recovery keeps every record before the
// first damage, and nothing else.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types/random.h"
#include "web_api/accounts/journal_record.h"

namespace {

using namespace suan;
using namespace suan::web_api;

void require(bool is_true) {
  if (!is_true) std::abort();
}

std::string encoded(uint64_t first_sequence, const std::vector<JournalRecord>& records) {
  auto bytes = journal_header(first_sequence);
  for (const auto& record : records)
    append_journal_record(bytes, record);
  return bytes;
}

/// Any bytes: what was accepted is exactly what a writer would have written.
void check_any_bytes(std::string_view segment) {
  std::vector<JournalRecord> records;
  const auto scan =
      scan_journal(segment, [&](const JournalRecord& record) { records.push_back(record); });
  require(scan.rows == records.size() && scan.good_bytes <= segment.size());
  if (scan.good_bytes == 0) {
    require(records.empty());
  } else {
    require(encoded(scan.first_sequence, records) == segment.substr(0, scan.good_bytes));
  }
}

JournalRecord record_of(uint64_t sequence, Random& random) {
  JournalRecord record;
  record.sequence = sequence;
  record.row.request = RequestId(Uuid{random.next(), random.next()});
  record.row.attempt = static_cast<uint32_t>(random.next());
  record.row.account = AccountId(std::string(random.below(65), 'a'));
  record.row.model = ModelId("m" + std::to_string(random.below(100)));
  record.row.usage.prompt_tokens = static_cast<uint32_t>(random.next());
  record.row.amount_n = static_cast<int64_t>(random.next());
  record.row.status = std::string(random.below(65), 's');
  return record;
}

/// A whole segment, then damaged at one place and cut at another: the records before both are kept.
void check_damage(std::string_view choices) {
  uint64_t seed = 0;
  for (const char each : choices)
    seed = splitmix64(seed ^ static_cast<unsigned char>(each));
  Random random(seed);
  const uint64_t first_sequence = 1 + random.below(1'000);
  auto segment = journal_header(first_sequence);
  std::vector<size_t> ends;
  for (uint64_t n = random.below(8); n > 0; --n) {
    append_journal_record(segment, record_of(first_sequence + ends.size(), random));
    ends.push_back(segment.size());
  }
  const auto cut_at = random.below(segment.size() + 1);
  const auto damaged_at = random.below(segment.size());
  segment[damaged_at] = static_cast<char>(segment[damaged_at] ^ (1 + random.below(255)));
  segment.resize(cut_at);

  const auto whole_until = std::min(cut_at, damaged_at);
  const auto is_whole = [&](size_t end) { return end <= whole_until; };
  const auto expected =
      static_cast<uint64_t>(std::count_if(ends.begin(), ends.end(), is_whole));
  require(scan_journal(segment).rows == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_any_bytes(bytes);
  check_damage(bytes);
  return 0;
}
