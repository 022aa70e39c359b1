// Tickets as people might paste them.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "catalog/types/bytes.h"
#include "catalog/wire/http_client.h"
#include "catalog/wire/ticket.h"

namespace {

void require(bool is_fine) {
  if (!is_fine) std::abort();
}

void check(std::string_view text) {
  const auto ticket = suan::parse_ticket(text);
  if (!ticket) return;
  const auto again = suan::parse_ticket(suan::format_ticket(*ticket));
  require(again.has_value() && again->address == ticket->address);
}

/// The same bytes behind a right prefix and checksum, so that the fields are reached.
void check_sealed(std::string bytes) {
  const uint32_t sum = suan::crc32c(bytes);
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    bytes += static_cast<char>(sum >> shift);
  check("suan1:" + suan::to_base32(bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text);
  check_sealed(std::string(text));
  (void)suan::parse_http_url(std::string(text));
  suan::SseReader reader;
  (void)reader.feed(text, [](std::string_view) {});
  return 0;
}
