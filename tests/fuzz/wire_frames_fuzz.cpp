// Frames as a peer might send them: decoded, converted, and written again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "catalog/wire/convert.h"

namespace {

using namespace suan;  // NOLINT(google-build-using-namespace)

void require(bool is_fine) {
  if (!is_fine) std::abort();
}

/// What was accepted once is accepted again in the form that we write ourselves.
void check_facts(const v1::Facts& message) {
  const auto facts = read(message);
  if (!facts) return;
  v1::Facts written;
  write(*facts, written);
  require(read(written).has_value());
}

void check_replica(const v1::ReplicaStatus& message) {
  const auto report = read(message);
  if (!report) return;
  v1::ReplicaStatus written;
  write(*report, written);
  require(read(written).has_value());
}

void check_bodies(const v1::Envelope& envelope) {
  check_facts(envelope.submit().facts());
  check_facts(envelope.start().facts());
  for (const auto& replica : envelope.heartbeat().replicas())
    check_replica(replica);
  for (const auto& replica : envelope.registration().replicas())
    check_replica(replica);
  for (const auto& model : envelope.registration().depot())
    (void)read(model);
  for (const auto& row : envelope.measured().rows())
    (void)read(row, WallTime());
  for (const auto& piece : envelope.tokens().pieces())
    (void)read(piece);
  (void)read(envelope.registration().hardware());
  (void)read(envelope.placed());
  (void)read_error(envelope.failed().code(), envelope.failed().message(),
                   envelope.failed().param());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto envelope =
      decode_envelope(std::string_view(reinterpret_cast<const char*>(data), size));
  if (envelope) check_bodies(*envelope);
  return 0;
}
