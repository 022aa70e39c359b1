#include "catalog/wire/ticket.h"

#include <array>
#include <cassert>
#include <stdexcept>

#include <zmq.h>

#include "catalog/types/bytes.h"
#include "catalog/types/text.h"

namespace suan {

namespace {

// Bytes before base32: length and address; 32 of the server's public key; 32 of the secret;
// length and site; 8 of the expiry; 4 of CRC-32C over all that. Numbers are big-endian.
constexpr std::string_view kPrefix = "suan1:";
constexpr size_t kKeyBytes = 32;
constexpr size_t kTextMax = 255;
constexpr size_t kTicketCharactersMax = 1024;

std::string key_bytes(const std::string& z85) {
  std::array<uint8_t, kKeyBytes> bytes{};
  if (z85.size() != 40 || zmq_z85_decode(bytes.data(), z85.c_str()) == nullptr) {
    throw std::invalid_argument("not a CURVE key of 40 Z85 characters");
  }
  return {bytes.begin(), bytes.end()};
}

std::string key_z85(std::string_view bytes) {
  assert(bytes.size() == kKeyBytes);
  std::array<char, 41> text{};
  zmq_z85_encode(text.data(), reinterpret_cast<const uint8_t*>(bytes.data()), kKeyBytes);
  return text.data();
}

std::string big_endian(uint64_t value, size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = size; i > 0; --i, value >>= 8U)
    bytes[i - 1] = static_cast<char>(value & 0xFFU);
  return bytes;
}

uint64_t number_of(std::string_view bytes) {
  uint64_t value = 0;
  for (const char c : bytes)
    value = (value << 8U) | static_cast<uint8_t>(c);
  return value;
}

std::string with_length(const std::string& text) {
  if (text.size() > kTextMax) throw std::invalid_argument("text too long for a ticket");
  return big_endian(text.size(), 1) + text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// Takes fields from the front of a ticket's bytes; `is_whole` tells if there was enough.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(size_t size) {
    if (size > rest_.size()) {
      is_short_ = true;
      return {};
    }
    const std::string_view field = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return field;
  }

  std::string take_text() { return std::string(take(number_of(take(1)))); }

  [[nodiscard]] bool is_whole() const { return !is_short_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_short_ = false;
};

}  // namespace

std::string format_ticket(const Ticket& ticket) {
  std::string bytes = with_length(ticket.address) + key_bytes(ticket.server_public_z85) +
                      key_bytes(ticket.secret_z85) + with_length(ticket.site.value()) +
                      big_endian(static_cast<uint64_t>(to_us(ticket.expires)), 8);
  bytes += big_endian(crc32c(bytes), 4);
  return std::string(kPrefix) + to_base32(bytes);
}

Result<Ticket> parse_ticket(std::string_view text) {
  text = trimmed(text);
  if (text.size() > kTicketCharactersMax || text.substr(0, 4) != "suan") {
    return fail(ErrorCode::BadRequest, "this is not a ticket: it must start with \"suan1:\"");
  }
  if (text.substr(0, kPrefix.size()) != kPrefix) {
    return fail(ErrorCode::BadRequest, "ticket of another kind ({}); this version reads suan1",
                printable(text.substr(0, text.find(':')), 12));
  }
  const auto bytes = from_base32(text.substr(kPrefix.size()));
  if (!bytes || bytes->size() < 4) return fail(ErrorCode::BadRequest, "the ticket is damaged");
  const std::string_view body = std::string_view(*bytes).substr(0, bytes->size() - 4);
  if (crc32c(body) != number_of(std::string_view(*bytes).substr(body.size()))) {
    return fail(ErrorCode::BadRequest, "the ticket is damaged: its checksum does not fit");
  }

  Fields fields(body);
  Ticket ticket;
  ticket.address = fields.take_text();
  const std::string_view server_public = fields.take(kKeyBytes);
  const std::string_view secret = fields.take(kKeyBytes);
  ticket.site = SiteId(fields.take_text());
  ticket.expires = wall_time_of_us(static_cast<int64_t>(number_of(fields.take(8))));
  if (!fields.is_whole() || !is_valid_name(ticket.site.value()) ||
      printable(ticket.address, kTextMax) != ticket.address) {
    return fail(ErrorCode::BadRequest, "the ticket is malformed");
  }
  ticket.server_public_z85 = key_z85(server_public);
  ticket.secret_z85 = key_z85(secret);
  return ticket;
}

}  // namespace suan
