#!/usr/bin/env bash
# Builds and runs the tests; called by ./run test, which has installed what is needed.
#   --quick  the dev build alone
#   --all    the dev build; then, under ASan+UBSan, what bytes from outside reach, and of that the
#            threaded parts under TSan
#   --long   the dev build; everything under ASan+UBSan, all threaded parts under TSan, a minute of
#            fuzzing per target, clang-tidy on every file
set -euo pipefail
mode=${1:---all}

say() { printf '\n== %s\n' "$*"; }
die() { printf 'suan: %s\n' "$*" >&2; exit 1; }

build() { # PRESET [TARGET...]
  local preset=$1
  shift
  mkdir -p build
  say "Building ($preset)"
  cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 ||
    { tail -n 30 "build/configure-$preset.log" >&2; die "configuring failed (preset $preset)"; }
  cmake --build --preset "$preset" -j "$(nproc)" ${1:+--target "$@"} || die "the build failed (preset $preset)"
}

run_tests() { # PRESET [ctest options]
  local preset=$1
  shift
  say "Testing ($preset)"
  ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" --timeout 300 "$@" ||
    die "tests failed (preset $preset)"
}

fetch_tokenizers() {
  say "Fetching large vocabularies"
  tools/fetch_tokenizers.sh || say "SKIPPED: the tests of large vocabularies, which are not there"
}

check_format() {
  say "Checking the format"
  git ls-files '*.h' '*.cpp' | xargs clang-format-14 --dry-run -Werror || die "run ./run format"
}

tidy() {
  say "clang-tidy on every file (this takes long)"
  # Commands of clang, which knows neither g++'s warnings nor its precompiled headers; what is
  # generated lies in build/dev already.
  cmake --preset clang -B build/tidy -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON \
    >build/configure-tidy.log 2>&1 ||
    die "configuring failed, see build/configure-tidy.log"
  sed -i "s|$PWD/build/tidy/generated|$PWD/build/dev/generated|g" build/tidy/compile_commands.json
  git ls-files '*.cpp' | grep -v '^tests/fuzz/' |
    xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build/tidy --quiet || die "clang-tidy found something"
}

export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.suppressions print_suppressions=0"
export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.suppressions second_deadlock_stack=1"

check_format
[ "$mode" = --quick ] || fetch_tokenizers
build dev
run_tests dev
case $mode in
  --all)
    build asan tests_outside
    run_tests asan -L outside
    build tsan tests_outside-threads
    run_tests tsan -L outside-threads
    ;;
  --long)
    build asan
    run_tests asan
    build tsan tests_threads
    run_tests tsan -L threads
    build fuzz tests_fuzz
    tools/fuzz.sh 60
    tidy
    ;;
esac
