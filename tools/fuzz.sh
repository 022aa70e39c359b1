#!/usr/bin/env bash
# fuzz.sh [--keep] SECONDS [TARGET...]: every target (or those named, without _fuzz) for so many
# seconds, on the seeds in tests/fuzz/corpus and on what kept runs found (tests/fuzz/found, one
# archive per target). --keep adds what this run finds there, and its processor time to
# tests/fuzz/hours.tsv. A finding stops it; its input lies in build/fuzz.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
is_kept=0
[ "${1:-}" != --keep ] || { is_kept=1; shift; }
seconds=${1:?the seconds for each target are missing}
shift

binaries=build/fuzz/tests/fuzz
# The widest limits that ctest gives a target: they count wall time, under sanitizers.
options=(-rss_limit_mb=1024 -timeout=30 -max_len=65536 -print_final_stats=1 -verbosity=1)
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
# The time of a run is counted in seconds of the processor, user and system together.
export TIMEFORMAT='%U %S'

say() { printf '\n== %s\n' "$*"; }
die() { printf 'suan: %s\n' "$*" >&2; exit 1; }

unpack_found() { # TARGET DIRECTORY
  mkdir -p "$2"
  [ ! -f "tests/fuzz/found/$1.tar.gz" ] || tar -xzf "tests/fuzz/found/$1.tar.gz" -C "$2"
}

# Of all inputs known, the few that reach what the seeds do not.
keep_found() { # TARGET DIRECTORY
  local kept="build/fuzz/kept/$1"
  rm -rf "$kept"
  mkdir -p "$kept" tests/fuzz/found
  cp "tests/fuzz/corpus/$1/"* "$kept/"
  "$binaries/$1" -set_cover_merge=1 "${options[@]}" "$kept" "$2" >>"build/fuzz/$1.log" 2>&1
  (cd "tests/fuzz/corpus/$1" && find . -type f -printf '%f\0') | (cd "$kept" && xargs -0 rm -f)
  tar -C "$kept" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - . |
    gzip -n9 >"tests/fuzz/found/$1.tar.gz"
}

fuzz_target() { # TARGET
  local target=$1 inputs="build/fuzz/corpus/$1" log="build/fuzz/$1.log" spent runs
  say "Fuzzing $target for $seconds s"
  unpack_found "$target" "$inputs"
  { time "$binaries/$target" -max_total_time="$seconds" -artifact_prefix="build/fuzz/$target-" \
    "${options[@]}" "$inputs" "tests/fuzz/corpus/$target" >"$log" 2>&1; } 2>"$log.time" ||
    { tail -n 40 "$log" >&2; die "$target found something, see $log"; }
  spent=$(awk '{ print int($1 + $2) }' "$log.time")
  runs=$(awk '/stat::number_of_executed_units/ { print $2 }' "$log")
  [ "$is_kept" = 1 ] || return 0
  keep_found "$target" "$inputs"
  printf '%s\t%s\t%s\t%s\t%s\n' "$target" "$(date -u +%F)" "$(git rev-parse --short HEAD)" \
    "$spent" "$runs" >>tests/fuzz/hours.tsv
}

if [ $# -eq 0 ]; then
  mapfile -t names < <(cd tests/fuzz && ls ./*_fuzz.cpp)
  names=("${names[@]#./}")
  set -- "${names[@]%_fuzz.cpp}"
fi
for name in "$@"; do
  [ -x "$binaries/${name}_fuzz" ] || die "there is no target $name"
  fuzz_target "${name}_fuzz"
done
[ "$is_kept" = 1 ] || exit 0
say "Processor time so far, without a finding"
awk -F'\t' 'NR > 1 { seconds[$1] += $4; runs[$1] += $5 }
  END { for (t in seconds) printf "%-22s %6.1f minutes %14d runs\n", t, seconds[t] / 60, runs[t] }' \
  tests/fuzz/hours.tsv | sort
