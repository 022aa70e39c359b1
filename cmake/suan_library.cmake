# What nearly every source includes, compiled once for all: a third of its compile time. g++ alone:
# clang refuses a precompiled header under any other -D.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  add_library(suan_headers STATIC ${CMAKE_CURRENT_LIST_DIR}/common_headers.cpp)
  suan_compile(suan_headers)
  target_link_libraries(suan_headers PRIVATE fmt::fmt)
  target_precompile_headers(suan_headers PRIVATE
    <algorithm> <array> <chrono> <filesystem> <fstream> <functional> <map> <memory> <optional>
    <span> <sstream> <string> <string_view> <unordered_map> <utility> <variant> <vector>
    <fmt/format.h>)
endif()

# Precompiled, libstdc++ no longer counts as a system header, and g++ 12's false alarms show.
function(suan_reuse_headers target from)
  if(NOT TARGET ${from})
    return()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${from})
  target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow
                         -Wno-stringop-overread)
  if(SUAN_SANITIZE)
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
  endif()
endfunction()

# suan_library(NAME SOURCES a.cpp ... LINKS suan_types ... [PRECOMPILED <header> ...])
# One module: a static library that links only what stands below it in the picture, and fmt, which is
# at hand everywhere as std::format would be.
function(suan_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PRECOMPILED" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  suan_compile(${name})
  target_link_libraries(${name} PUBLIC ${arg_LINKS} PRIVATE fmt::fmt)
  if(arg_PRECOMPILED)
    target_precompile_headers(${name} PRIVATE ${arg_PRECOMPILED})
  else()
    suan_reuse_headers(${name} suan_headers)
  endif()
endfunction()

# suan_source_options(FILES a.cpp ... OPTIONS -O3 ...): sources with compiler options of their own,
# under which no precompiled header made with other options can be read.
# Under sanitizers, -O3 only takes its time.
function(suan_source_options)
  cmake_parse_arguments(arg "" "" "FILES;OPTIONS" ${ARGN})
  if(SUAN_SANITIZE)
    list(REMOVE_ITEM arg_OPTIONS -O3)
  endif()
  set_source_files_properties(${arg_FILES} PROPERTIES
    COMPILE_OPTIONS "${arg_OPTIONS}" SKIP_PRECOMPILE_HEADERS ON)
endfunction()

# What tests are compiled with: suan_compile, and under sanitizers, whose checks make optimising slow,
# without optimising. The libraries that they test keep it.
function(suan_compile_test target)
  suan_compile(${target})
  if(SUAN_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# suan_test(NAME SOURCES a_test.cpp ... LINKS suan_types ... [LABELS outside threads slow] [SERIAL])
# One GoogleTest executable per module; each test is one of ctest's. Labels: `outside`, bytes from
# outside reach it, so ./run test runs it under ASan too; `threads`, under TSan; `slow`, seconds.
function(suan_test name)
  cmake_parse_arguments(arg "SERIAL" "" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  suan_compile_test(${name})
  target_link_libraries(${name} PRIVATE ${arg_LINKS} GTest::gtest GTest::gtest_main)
  suan_reuse_headers(${name} suan_test_headers)
  target_compile_definitions(${name} PRIVATE SUAN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(arg_SERIAL)
    set(serial RUN_SERIAL TRUE)
  endif()
  foreach(label ${arg_LABELS})
    add_dependencies(tests_${label} ${name})
  endforeach()
  # gtest_discover_tests takes no list here; ctest's -L is a pattern, so one word will do.
  string(REPLACE ";" "-" labels "${arg_LABELS}")
  if(labels STREQUAL outside-threads)
    add_dependencies(tests_outside-threads ${name})
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT 300 LABELS "${labels}" ${serial})
endfunction()

# suan_benchmark(NAME SOURCES a_bench.cpp LINKS suan_types ...): a Google Benchmark executable.
function(suan_benchmark name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  suan_compile(${name})
  target_link_libraries(${name} PRIVATE ${arg_LINKS} benchmark::benchmark benchmark::benchmark_main)
endfunction()
