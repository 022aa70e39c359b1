#include "catalog/wire/frame_check.h"

#include <array>
#include <cstdint>
#include <optional>

#include "catalog/wire/suan.pb.h"

namespace suan {

namespace {

constexpr uint32_t kFieldsMax = 10'000;
constexpr uint32_t kDepthMax = 16;
constexpr size_t kFieldBytesMax = 64U << 10U;
constexpr size_t kBodyPartBytesMax = 132U << 10U;  // a part of 128 KiB and its frame
constexpr size_t kTextBytesMax = 1U << 20U;        // JSON texts; the socket bounds the frame

/// Kinds of messages, as far as their insides matter here.
enum class Inside : uint8_t {
  Bytes,  // a text, bytes, packed numbers, or a message that cannot hold many fields
  Flat,   // a message whose fields are all Bytes
  Envelope,
  Register,
  Hardware,
  FirstList,   // field 1 holds Flat messages
  SecondList,  // field 2 holds Flat messages
  View,
  Welcome,
  Tokens,
  Piece,
  Logprob,
  BenchPlan,
  BenchPlanned,
  BenchLines,
  Done,
  Measured,
};

struct Rule {
  Inside parent;
  uint32_t field;
  Inside child;
  size_t bytes_max;
};

using Body = v1::Envelope::BodyCase;
constexpr size_t kAny = kTextBytesMax;

// What is not listed is Bytes of at most kFieldBytesMax.
constexpr std::array kRules{
    Rule{Inside::Envelope, Body::kRegistration, Inside::Register, kAny},
    Rule{Inside::Envelope, Body::kHeartbeat, Inside::SecondList, kAny},
    Rule{Inside::Envelope, Body::kProgress, Inside::FirstList, kAny},
    Rule{Inside::Envelope, Body::kWelcome, Inside::Welcome, kAny},
    Rule{Inside::Envelope, Body::kDesired, Inside::FirstList, kAny},
    Rule{Inside::Envelope, Body::kStart, Inside::FirstList, kAny},
    Rule{Inside::Envelope, Body::kSubmit, Inside::FirstList, kAny},
    Rule{Inside::Envelope, Body::kHeard, Inside::Flat, kAny},
    Rule{Inside::Envelope, Body::kCommand, Inside::Bytes, kTextBytesMax},
    Rule{Inside::Envelope, Body::kView, Inside::View, kAny},
    Rule{Inside::Envelope, Body::kAnswer, Inside::Bytes, kTextBytesMax},
    Rule{Inside::Envelope, Body::kEvent, Inside::Bytes, kTextBytesMax},
    Rule{Inside::Envelope, Body::kTokens, Inside::Tokens, kAny},
    Rule{Inside::Envelope, Body::kDone, Inside::Done, kAny},
    Rule{Inside::Envelope, Body::kBodyPart, Inside::Bytes, kBodyPartBytesMax},
    Rule{Inside::Envelope, Body::kBenchPlan, Inside::BenchPlan, kAny},
    Rule{Inside::Envelope, Body::kBenchPlanned, Inside::BenchPlanned, kAny},
    Rule{Inside::Envelope, Body::kBenchLines, Inside::BenchLines, kAny},
    Rule{Inside::Envelope, Body::kMeasured, Inside::Measured, kAny},
    Rule{Inside::FirstList, 1, Inside::Flat, kAny},
    Rule{Inside::SecondList, 2, Inside::Flat, kAny},
    Rule{Inside::Measured, v1::Measured::kRowsFieldNumber, Inside::Flat, kAny},
    Rule{Inside::Measured, v1::Measured::kSummaryJsonFieldNumber, Inside::Bytes, kAny},
    Rule{Inside::Register, v1::Register::kHardwareFieldNumber, Inside::Hardware, kAny},
    Rule{Inside::Register, v1::Register::kDepotFieldNumber, Inside::Flat, kAny},
    Rule{Inside::Register, v1::Register::kReplicasFieldNumber, Inside::Flat, kAny},
    Rule{Inside::Register, v1::Register::kRunningFieldNumber, Inside::Flat, kAny},
    Rule{Inside::Hardware, v1::Hardware::kGpusFieldNumber, Inside::Flat, kAny},
    Rule{Inside::Welcome, v1::Welcome::kGatewaysFieldNumber, Inside::Flat, kAny},
    Rule{Inside::View, v1::View::kModelsFieldNumber, Inside::Flat, kAny},
    Rule{Inside::View, v1::View::kJsonFieldNumber, Inside::Bytes, kTextBytesMax},
    Rule{Inside::Done, v1::Done::kAnswerJsonFieldNumber, Inside::Bytes, kTextBytesMax},
    Rule{Inside::BenchLines, v1::BenchLines::kLinesFieldNumber, Inside::Bytes, kTextBytesMax},
    Rule{Inside::Tokens, v1::Tokens::kPiecesFieldNumber, Inside::Piece, kAny},
    Rule{Inside::Piece, v1::Piece::kLogprobsFieldNumber, Inside::Logprob, kAny},
    Rule{Inside::Piece, v1::Piece::kCallsFieldNumber, Inside::Flat, kAny},
    Rule{Inside::Logprob, v1::Logprob::kTopFieldNumber, Inside::Logprob, kAny},
    Rule{Inside::BenchPlan, v1::BenchPlan::kTargetsFieldNumber, Inside::Flat, kAny},
    Rule{Inside::BenchPlan, v1::BenchPlan::kSpecJsonFieldNumber, Inside::Bytes, kTextBytesMax},
    Rule{Inside::BenchPlanned, v1::BenchPlanned::kExecutionsFieldNumber, Inside::Flat, kAny},
};

Rule rule_of(Inside parent, uint32_t field) {
  const Rule other{parent, field, Inside::Bytes, kFieldBytesMax};
  if (parent == Inside::Flat) return other;  // most fields of large messages
  for (const Rule& rule : kRules) {
    if (rule.parent == parent && rule.field == field) return rule;
  }
  return other;
}

class Walk {
 public:
  explicit Walk(std::string_view frame) : begin_(frame.data()) {}

  Result<void> message(std::string_view bytes, Inside kind, uint32_t depth) {
    if (depth > kDepthMax) return refuse(bytes, "nested too deep");
    while (!bytes.empty()) {
      if (++fields_ > kFieldsMax) return refuse(bytes, "too many fields");
      auto walked = field(bytes, kind, depth);
      if (!walked) return walked;
    }
    return {};
  }

 private:
  /// Takes one field from the front of `bytes`.
  Result<void> field(std::string_view& bytes, Inside kind, uint32_t depth) {
    const auto tag = take_varint(bytes);
    if (!tag || *tag > UINT32_MAX || *tag >> 3U == 0) return refuse(bytes, "malformed tag");
    switch (*tag & 7U) {
      case 0:
        return take_varint(bytes) ? Result<void>() : refuse(bytes, "malformed number");
      case 1:
        return take(bytes, 8) ? Result<void>() : refuse(bytes, "cut short");
      case 2:
        return inner(bytes, rule_of(kind, static_cast<uint32_t>(*tag >> 3U)), depth);
      case 5:
        return take(bytes, 4) ? Result<void>() : refuse(bytes, "cut short");
      default:
        return refuse(bytes, "groups are not used");
    }
  }

  Result<void> inner(std::string_view& bytes, const Rule& rule, uint32_t depth) {
    const auto size = take_varint(bytes);
    if (!size) return refuse(bytes, "malformed length");
    if (*size > rule.bytes_max) return refuse(bytes, "a field is too long");
    const auto content = take(bytes, *size);
    if (!content) return refuse(bytes, "cut short");
    if (rule.child == Inside::Bytes) return {};
    return message(*content, rule.child, depth + 1);
  }

  static std::optional<uint64_t> take_varint(std::string_view& bytes) {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
      const auto byte = static_cast<uint8_t>(bytes.front());
      bytes.remove_prefix(1);
      value |= uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  static std::optional<std::string_view> take(std::string_view& bytes, size_t size) {
    if (size > bytes.size()) return std::nullopt;
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
  }

  [[nodiscard]] tl::unexpected<Error> refuse(std::string_view rest, const char* why) const {
    return fail(ErrorCode::BadRequest, "frame: {} at byte {}", why, rest.data() - begin_);
  }

  const char* begin_;
  uint32_t fields_ = 0;
};

}  // namespace

Result<void> check_frame(std::string_view frame) {
  return Walk(frame).message(frame, Inside::Envelope, 1);
}

}  // namespace suan
