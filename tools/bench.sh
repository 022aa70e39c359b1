#!/usr/bin/env bash
# Runs the micro-benchmarks whose names match PATTERN (all without one), with repetitions, since
# one number is none. Called by ./run bench.
set -euo pipefail
pattern=${1:-.}
found=0
for program in build/release/bench/kernels/*_bench; do
  [ -x "$program" ] || continue
  found=1
  printf '\n== %s\n' "$(basename "$program")"
  "$program" --benchmark_filter="$pattern" --benchmark_repetitions=5 \
    --benchmark_report_aggregates_only=true
done
[ "$found" = 1 ] || { echo "suan: no benchmark was built" >&2; exit 1; }
