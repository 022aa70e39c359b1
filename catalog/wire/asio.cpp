// The one place where Asio, its TLS part and Beast compile their own sources; everybody else
// sees declarations alone (BOOST_ASIO_SEPARATE_COMPILATION), which saves seconds per file.
#include <utility>

#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
