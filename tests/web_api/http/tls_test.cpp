#include <arpa/inet.h>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tests/support/http_world.h"

namespace suan::web_api {
namespace {

using test::HttpWorld;
using test::status_of;

/// A key and a certificate that it signs itself, as PEM files.
struct SelfSigned {
  SelfSigned() {
    std::string name = (std::filesystem::temp_directory_path() / "suan_tls_XXXXXX").string();
    folder = mkdtemp(name.data());
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_sign(made.get(), key.get(), EVP_sha256());
    write("cert.pem", [&](FILE* file) { PEM_write_X509(file, made.get()); });
    write("key.pem", [&](FILE* file) {
      PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

  ~SelfSigned() { std::filesystem::remove_all(folder); }

  SelfSigned(const SelfSigned&) = delete;
  SelfSigned& operator=(const SelfSigned&) = delete;

  [[nodiscard]] std::string file(const char* name) const { return folder + "/" + name; }

  void write(const char* name, const std::function<void(FILE*)>& content) const {
    FILE* out = std::fopen(file(name).c_str(), "w");
    content(out);
    std::fclose(out);
  }

  std::string folder;
};

/// One TLS connection of at most `version`; null when the handshake was refused.
class TlsClient {
 public:
  TlsClient(uint16_t port, int version) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_, 0);  // so that old versions are offered at all
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, version);
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_connected =
        connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, socket_);
    is_open_ = is_connected && SSL_connect(ssl_) == 1;
  }

  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    close(socket_);
  }

  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  [[nodiscard]] bool is_open() const { return is_open_; }

  std::string ask(const std::string& request) {
    SSL_write(ssl_, request.data(), static_cast<int>(request.size()));
    std::string answer;
    char bytes[4096];
    int count = 0;
    while ((count = SSL_read(ssl_, bytes, sizeof(bytes))) > 0)
      answer.append(bytes, static_cast<size_t>(count));
    return answer;
  }

 private:
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  int socket_ = -1;
  bool is_open_ = false;
};

void add_routes(Router& router, HttpWorld&) {
  router.add({"POST", "/echo", Access::Open, "echo",
              [](const Request& request, const std::shared_ptr<Reply>& reply) {
                reply->send({.status = 200, .headers = {}, .body = request.body});
              }});
}

class TlsTest : public testing::Test {
 protected:
  HttpOptions options() {
    HttpOptions options;
    options.tls_cert = files_.file("cert.pem");
    options.tls_key = files_.file("key.pem");
    return options;
  }

  SelfSigned files_;
};

TEST_F(TlsTest, ServesTheSameOverTls) {
  HttpWorld world(options(), add_routes);
  TlsClient client(world.server().port(), TLS1_3_VERSION);
  ASSERT_TRUE(client.is_open());
  const std::string body(100'000, 'x');

  const std::string answer =
      client.ask(world.head("POST", "/echo") + "Connection: close\r\nContent-Length: " +
                 std::to_string(body.size()) + "\r\n\r\n" + body);

  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(test::body_of(answer), body);
  EXPECT_TRUE(world.server().url().starts_with("https://127.0.0.1:"));
}

TEST_F(TlsTest, SpeaksVersion12ButNothingOlder) {
  HttpWorld world(options(), add_routes);

  EXPECT_TRUE(TlsClient(world.server().port(), TLS1_2_VERSION).is_open());
  EXPECT_FALSE(TlsClient(world.server().port(), TLS1_1_VERSION).is_open());
}

TEST_F(TlsTest, APlainClientHurtsNobody) {
  HttpWorld world(options(), add_routes);
  auto plain = world.connect();
  plain.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  plain.read_all();

  EXPECT_TRUE(plain.was_closed());
  EXPECT_TRUE(TlsClient(world.server().port(), TLS1_3_VERSION).is_open());
}

TEST_F(TlsTest, NamesTheFileThatCannotBeUsed) {
  HttpOptions broken = options();
  broken.tls_key = files_.file("missing.pem");
  try {
    HttpWorld world(broken, add_routes);
    FAIL() << "started without a key";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("missing.pem"), std::string::npos);
  }
}

}  // namespace
}  // namespace suan::web_api
