#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/types/time.h"

namespace suan::cli {

struct ControlPlaneOptions {
  std::filesystem::path data;
  std::string listen = "127.0.0.1:8080";         // HTTP; port 0: the system chooses
  std::string agents_listen = "127.0.0.1:7400";  // control; tokens on the next port
  std::string store;                             // empty: sqlite:DATA/suan.db
  std::string tls_cert;
  std::string tls_key;
  std::vector<std::string> public_names;  // Host values to answer to, besides the address
  uint32_t http_threads = 0;              // 0: as many as cores, up to 8
};

/// `suan server` in one object: where scheduler, gateway, observer, store and HTTP are joined.
///
/// The constructor opens, binds and starts everything, or throws one sentence that names what is
/// in the way (a taken port, a store that is newer, a directory that cannot be written).
/// Threads:  one owner; it starts those of ARCHITECTURE.md, "Threads".
class ControlPlane {
 public:
  explicit ControlPlane(const ControlPlaneOptions& options);
  ~ControlPlane();  // as stop(0)
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  /// `http://127.0.0.1:8080`
  [[nodiscard]] std::string url() const;
  /// host:port of the control socket, as tickets name it.
  [[nodiscard]] std::string agents_address() const;
  /// The first admin key, on the start that made it.
  [[nodiscard]] const std::optional<std::string>& new_admin_key() const;

  /// Accepts nothing more, lets requests end for at most `drain`, settles, and stops.
  void stop(Duration drain);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan::cli
