#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

// Heavy (Asio): only the listener includes this header.

namespace suan::web_api {

/// A server's TLS settings: 1.2 or later, forward-secret ciphers, the certificate chain and its
/// key from PEM files. Throws std::runtime_error with a sentence that names the file.
[[nodiscard]] std::unique_ptr<boost::asio::ssl::context> make_tls_context(
    const std::string& certificate_file, const std::string& key_file);

}  // namespace suan::web_api
