#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "catalog/types/time.h"

namespace suan::web_api {

/// What one HTTP client may cost; the ids are those of `reliability.md`, section 1.
struct HttpLimits {
  uint32_t header_bytes = 16U << 10U;           // H1
  uint32_t header_fields = 100;                 // H1
  uint64_t body_bytes = 16U << 20U;             // H2
  uint32_t chunk_extension_bytes = 16U << 10U;  // H2, in sum
  uint32_t buffer_bytes = 32U << 10U;           // H2: bounds one extension, and the trailers
  Duration header_timeout = 20s;                // H7
  Duration body_timeout = 60s;                  // H7
  Duration idle_timeout = 75s;                  // H7
  Duration write_timeout = 30s;                 // H7: one stalled write
  uint32_t target_bytes = 4U << 10U;            // H9
  uint32_t connections = 12'000;                // H10; and half the descriptor limit
  uint32_t connections_per_address = 256;       // H10; loopback is exempt
  uint32_t pipelined = 16;                      // H10
  uint64_t memory_bytes = 0;                    // H11; 0: the cgroup's or the machine's
  uint64_t unsent_bytes = 1U << 20U;            // H12
};

struct HttpOptions {
  std::string listen =
      "127.0.0.1:8080";  // a wildcard only if spelled out (A2); port 0: any free
  uint32_t threads = 0;  // 0: as many as cores, up to 8
  std::string tls_cert;  // PEM files; both or neither
  std::string tls_key;
  std::vector<std::string> public_names;  // further Host names (H5)
  std::vector<std::string> cors_origins;  // H14: these pages may call; by default none
  HttpLimits limits;
};

}  // namespace suan::web_api
