#include "web_api/http/tls.h"

#include <stdexcept>
#include <utility>

#include <boost/system/error_code.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>

namespace suan::web_api {

namespace ssl = boost::asio::ssl;

std::unique_ptr<ssl::context> make_tls_context(const std::string& certificate_file,
                                               const std::string& key_file) {
  if (certificate_file.empty() || key_file.empty()) {
    throw std::runtime_error("TLS needs both --tls-cert and --tls-key");
  }
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_compression |
                       ssl::context::single_dh_use);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  // For 1.2; every suite of 1.3 is fine.
  SSL_CTX_set_cipher_list(context->native_handle(), "ECDHE+AESGCM:ECDHE+CHACHA20");

  boost::system::error_code error;
  context->use_certificate_chain_file(certificate_file, error);
  if (error) {
    throw std::runtime_error(
        fmt::format("cannot use the certificate {}: {}", certificate_file, error.message()));
  }
  context->use_private_key_file(key_file, ssl::context::pem, error);
  if (error) {
    throw std::runtime_error(fmt::format("cannot use the key {} with the certificate {}: {}",
                                         key_file, certificate_file, error.message()));
  }
  return context;
}

}  // namespace suan::web_api
