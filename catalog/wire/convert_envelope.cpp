#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include "catalog/wire/convert.h"
#include "catalog/wire/frame_check.h"

namespace suan {

namespace {

constexpr int kRecursionMax = 16;

/// Protobuf prints a line for each text that is no UTF-8; peers must not be able to fill the log.
void silence_protobuf() {
  [[maybe_unused]] static auto* const kBefore = google::protobuf::SetLogHandler(nullptr);
}

}  // namespace

Result<v1::Envelope> decode_envelope(std::string_view frame) {
  if (const auto fine = check_frame(frame); !fine) return forward(fine.error());

  silence_protobuf();
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(frame.data()),
                                            static_cast<int>(frame.size()));
  in.SetRecursionLimit(kRecursionMax);
  v1::Envelope envelope;
  if (!envelope.ParseFromCodedStream(&in) || !in.ConsumedEntireMessage()) {
    return fail(ErrorCode::BadRequest, "frame: not a message of this protocol");
  }
  if (envelope.schema() > kWireSchema + 1 || envelope.schema() + 1 < kWireSchema) {
    return fail(ErrorCode::BadRequest, "frame of schema {}; this version speaks {}",
                envelope.schema(), kWireSchema);
  }
  return envelope;
}

std::string encode_envelope(const v1::Envelope& envelope) {
  return envelope.SerializeAsString();
}

}  // namespace suan
