#pragma once

#include <filesystem>
#include <string>

namespace suan {

/// A CURVE key pair in ZeroMQ's Z85 text form, 40 characters each.
struct CurveKeyPair {
  std::string public_z85;
  std::string secret_z85;
};

[[nodiscard]] CurveKeyPair make_curve_key_pair();

/// Reads the pair from `file`, or makes one and writes it (0600, atomically).
/// Throws when the file cannot be read or written, or is readable by others.
[[nodiscard]] CurveKeyPair load_or_make_curve_keys(const std::filesystem::path& file);

/// The public half of a secret key; throws std::invalid_argument for a malformed one.
[[nodiscard]] std::string curve_public_of(const std::string& secret_z85);

/// 16 hex digits of the SHA-256 of the public key: what operators compare by eye.
[[nodiscard]] std::string fingerprint_of(const std::string& public_z85);

/// Writes `bytes` to `file` with mode 0600: temporary file, fsync, rename, fsync directory.
void write_secret_file(const std::filesystem::path& file, const std::string& bytes);

}  // namespace suan
