#include <utility>

#include "web_api/http/connection-impl.h"

namespace suan::web_api {

void start_plain(boost::asio::ip::tcp::socket socket, HttpThread& thread, std::string address) {
  using Plain = Connection<boost::asio::ip::tcp::socket>;
  std::make_shared<Plain>(thread, std::move(address), std::move(socket))->run();
}

}  // namespace suan::web_api
