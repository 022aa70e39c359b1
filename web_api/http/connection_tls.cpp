#include <utility>

#include "web_api/http/connection-impl.h"

namespace suan::web_api {

void start_tls(boost::asio::ip::tcp::socket socket,
               HttpThread& thread,
               std::string address,
               boost::asio::ssl::context& tls) {
  using Tls = Connection<boost::asio::ssl::stream<boost::asio::ip::tcp::socket>>;
  std::make_shared<Tls>(thread, std::move(address), std::move(socket), tls)->run();
}

}  // namespace suan::web_api
