# Every library comes from Debian; `./run` installs them. CUDA is optional.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(simdjson REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
pkg_check_modules(zmq REQUIRED IMPORTED_TARGET libzmq)
pkg_check_modules(pqxx REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET hwloc)
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)

# libzmq names the headers of what it was built with, and CMake places them differently when it
# configures again: every command would change, and everything be built twice. zmq.h needs none.
set_target_properties(PkgConfig::zmq PROPERTIES INTERFACE_COMPILE_OPTIONS ""
                                                INTERFACE_INCLUDE_DIRECTORIES "")

set(ZMQ PkgConfig::zmq)
set(PQXX PkgConfig::pqxx)
set(HWLOC PkgConfig::hwloc)
set(SECCOMP PkgConfig::seccomp)
set(PCRE2 PkgConfig::pcre2)
set(UTF8PROC PkgConfig::utf8proc)

# Asio and Beast compile their sources once, in catalog/wire/asio.cpp.
add_library(suan_asio INTERFACE)
target_compile_definitions(suan_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_include_directories(suan_asio SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_link_libraries(suan_asio INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
