#pragma once

#include "catalog/types/measurement.h"
#include "catalog/types/node.h"
#include "catalog/types/request.h"
#include "catalog/types/result.h"
#include "catalog/wire/suan.pb.h"

// Heavy (protobuf): only .cpp files include this header.

namespace suan {

constexpr uint32_t kWireSchema = 1;

/// Parses one frame: recursion <= 16, repeated fields <= 10,000, strings <= 64 KiB (body parts
/// and JSON texts have limits of their own), schema n-1..n+1.
///
/// Errors:   BadRequest
[[nodiscard]] Result<v1::Envelope> decode_envelope(std::string_view frame);
[[nodiscard]] std::string encode_envelope(const v1::Envelope& envelope);

// `read` checks every range and every name; `write` fills a message from our types.

[[nodiscard]] Result<RequestId> read_request_id(const std::string& bytes);
[[nodiscard]] std::string write_request_id(const RequestId& request);

[[nodiscard]] Result<RequestFacts> read(const v1::Facts& message);
void write(const RequestFacts& facts, v1::Facts& message);

[[nodiscard]] Result<Hardware> read(const v1::Hardware& message);
void write(const Hardware& hardware, v1::Hardware& message);

[[nodiscard]] Result<DepotModel> read(const v1::DepotModel& message);
void write(const DepotModel& model, v1::DepotModel& message);

/// A replica as its node reports it.
struct ReplicaReport {
  ReplicaId replica;
  uint64_t lease_epoch = 0;
  ModelId model;
  std::string digest;
  ReplicaState state = ReplicaState::Wanted;
  std::string error;
  ReplicaCapacity capacity;
  ReplicaLoad load;
  uint64_t memory_bytes = 0;
};

[[nodiscard]] Result<ReplicaReport> read(const v1::ReplicaStatus& message);
void write(const ReplicaReport& report, v1::ReplicaStatus& message);

[[nodiscard]] Result<PlacedAt> read(const v1::Placed& message);

[[nodiscard]] Result<TokenEvent> read(const v1::Piece& message);
void write(const TokenEvent& event, v1::Piece& message);

[[nodiscard]] Usage read(const v1::UsageCounts& message);
void write(const Usage& usage, v1::UsageCounts& message);

/// `at` is the reader's own clock.
[[nodiscard]] Result<Measurement> read(const v1::MeasurementRow& message, WallTime at);
void write(const Measurement& measurement, v1::MeasurementRow& message);

/// An error as codes and text travel; an unknown code becomes Internal.
[[nodiscard]] Error read_error(const std::string& code,
                               const std::string& message,
                               const std::string& param);

}  // namespace suan
