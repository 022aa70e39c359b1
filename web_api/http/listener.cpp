#include "web_api/http/listener.h"

#include <charconv>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace suan::web_api {

namespace net = boost::asio;
using tcp = net::ip::tcp;

namespace {

constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr auto kDrainPoll = std::chrono::milliseconds(20);
using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

std::string text_of(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                                    : fmt::format("{}:{}", host, endpoint.port());
}

[[noreturn]] void throw_bind_error(const tcp::endpoint& endpoint,
                                   const boost::system::error_code& error) {
  if (error == net::error::address_in_use) {
    throw std::runtime_error(fmt::format(
        "cannot listen on {}: the port is taken by another process", text_of(endpoint)));
  }
  throw std::runtime_error(
      fmt::format("cannot listen on {}: {}", text_of(endpoint), error.message()));
}

void bind_acceptor(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, bool is_shared) {
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && is_shared) acceptor.set_option(ReusePort(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  if (error) throw_bind_error(endpoint, error);
}

}  // namespace

tcp::endpoint parse_listen(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  const std::string_view port_text =
      colon == std::string::npos ? "" : std::string_view(listen).substr(colon + 1);
  uint16_t port = 0;
  const auto [end, bad] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (port_text.empty() || bad != std::errc() || end != port_text.data() + port_text.size()) {
    throw std::runtime_error(
        fmt::format("'{}' is no address to listen on: write HOST:PORT", listen));
  }
  std::string host = listen.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  boost::system::error_code error;
  const auto address = net::ip::make_address(host, error);
  if (!error) return {address, port};
  net::io_context io;
  const auto found = tcp::resolver(io).resolve(host, std::to_string(port), error);
  if (error || found.empty()) {
    throw std::runtime_error(fmt::format("cannot listen on {}: no such host", listen));
  }
  return found.begin()->endpoint();
}

void check_is_free(const tcp::endpoint& endpoint) {
  if (endpoint.port() == 0) return;
  net::io_context io;
  tcp::acceptor probe(io);
  bind_acceptor(probe, endpoint, false);
}

Listener::Listener(const tcp::endpoint& endpoint,
                   Service& service,
                   ConnectionCounts& counts,
                   net::ssl::context* tls)
    : home_(service, counts), acceptor_(*home_.io), timer_(*home_.io), tls_(tls) {
  bind_acceptor(acceptor_, endpoint, true);
  work_.emplace(home_.io->get_executor());
}

Listener::~Listener() {
  if (!thread_.joinable()) return;
  begin_drain(std::chrono::steady_clock::now());
  join();
}

tcp::endpoint Listener::endpoint() const {
  return acceptor_.local_endpoint();
}

void Listener::start() {
  accept();
  thread_ = std::thread([this] {
    while (true) {
      try {
        home_.io->run();
        return;
      } catch (const std::exception& error) {
        // One bad request ends one request, not the thread that serves thousands.
        spdlog::error("an HTTP thread caught: {}", error.what());
      }
    }
  });
}

void Listener::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (home_.is_draining || error == net::error::operation_aborted) return;
    if (!error) {
      on_accept(std::move(socket));
      return accept();
    }
    // Out of descriptors, most likely: waiting beats spinning.
    home_.service.metrics().refused("accept");
    timer_.expires_after(kAcceptPause);
    timer_.async_wait([this](const boost::system::error_code& stopped) {
      if (!stopped) accept();
    });
  });
}

void Listener::on_accept(tcp::socket socket) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;
  std::string address = remote.address().to_string();
  if (!home_.counts.take(address)) {
    home_.service.metrics().refused("connections");
    return;
  }
  socket.set_option(tcp::no_delay(true), error);
  if (tls_ == nullptr) {
    start_plain(std::move(socket), home_, std::move(address));
  } else {
    start_tls(std::move(socket), home_, std::move(address), *tls_);
  }
}

void Listener::begin_drain(std::chrono::steady_clock::time_point until) {
  net::post(*home_.io, [this, until] {
    home_.is_draining = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    const auto open = home_.open;  // draining may close, which changes the set
    for (const auto& connection : open)
      connection->drain();
    end_when_drained(until);
  });
}

void Listener::end_when_drained(std::chrono::steady_clock::time_point until) {
  const bool is_late = std::chrono::steady_clock::now() >= until;
  if (is_late) {
    const auto open = home_.open;
    for (const auto& connection : open)
      connection->close();
  }
  if (home_.open.empty()) {
    work_.reset();  // what was cancelled still runs to its end, then `run` returns
    return;
  }
  timer_.expires_after(kDrainPoll);
  timer_.async_wait(
      [this, until](const boost::system::error_code&) { end_when_drained(until); });
}

void Listener::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace suan::web_api
