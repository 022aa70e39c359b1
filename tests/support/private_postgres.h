#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>

namespace suan::testing {

/// A PostgreSQL cluster of this test's own: its folder, its socket, no TCP.
///
/// PostgreSQL refuses to run as root; then the system's user `postgres`, or `nobody`, runs it.
/// Errors:   the constructor and `start` throw std::runtime_error with the server's last words
class PrivatePostgres {
 public:
  /// Whether the server's programs are on this machine.
  [[nodiscard]] static bool is_installed();

  PrivatePostgres();

  /// Stops the server, waits for all of its processes, removes the folder.
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;

  /// Creates an empty database and returns its address for `open_database`.
  std::string make_database(const std::string& name, const std::string& options = "");

  /// SIGKILL to the postmaster, then waits until its children have ended too.
  void kill_postmaster();
  /// Starts the server again after `kill_postmaster`, and waits until it answers.
  void start();

 private:
  [[nodiscard]] std::string url_of(const std::string& database) const;
  void initialise();
  void wait_until_it_answers();
  void wait_for_children() const;

  std::filesystem::path folder_;
  pid_t postmaster_ = -1;
};

}  // namespace suan::testing
