#!/usr/bin/env bash
# A whole network on this machine: a control plane and three sites, each an agent of its own
# behind a relay that adds its round trip; then a tour of it. Called by ./run demo.
#   --exit   stop after the tour (also without a terminal)
set -euo pipefail
suan=$PWD/build/release/suan
relay=$PWD/build/release/link_relay
demo=$PWD/build/demo
stay=1
[ -t 1 ] || stay=0
for argument in "$@"; do
  case $argument in
    --exit) stay=0 ;;
    *) echo "suan: unknown option $argument" >&2; exit 2 ;;
  esac
done

pids=()
step() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'suan: %s\n' "$1" >&2
  [ -z "${2:-}" ] || tail -n 5 "$2" >&2
  exit 1
}
stop_all() {
  trap - EXIT INT TERM
  # Agents first, so that they leave in good order; then whatever is left.
  local pid
  for pid in $(printf '%s\n' "${pids[@]}" | tac); do kill -TERM "$pid" 2>/dev/null || true; done
  for _ in $(seq 50); do
    local alive=0
    for pid in "${pids[@]}"; do kill -0 "$pid" 2>/dev/null && alive=1; done
    [ $alive = 0 ] && return
    sleep 0.1
  done
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
}
trap stop_all EXIT
trap 'exit 130' INT TERM

# start NAME COMMAND...: in the background, with its log in build/demo/NAME.log
start() {
  local name=$1
  shift
  # Relays live as long as their stdin; descriptor 9 never ends before this script does.
  "$@" >"$demo/$name.log" 2>&1 <&9 &
  pids+=($!)
  last_pid=$!
}

# wait_for SECONDS WHAT LOG COMMAND...: until COMMAND succeeds, or one clear sentence
wait_for() {
  local seconds=$1 what=$2 log=$3
  shift 3
  local end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    kill -0 "$last_pid" 2>/dev/null || fail "$what: the process ended" "$log"
    [ $SECONDS -lt $end ] || fail "$what: not within $seconds s" "$log"
    sleep 0.1
  done
}

rm -rf "$demo"
mkdir -p "$demo" || fail "$demo cannot be written"
mkfifo "$demo/stdin" && exec 9<>"$demo/stdin"
# The user's own configuration stays untouched.
export XDG_CONFIG_HOME=$demo/config XDG_DATA_HOME=$demo/share NO_COLOR=${NO_COLOR:-}
unset SUAN_URL SUAN_KEY

step "Starting the control plane (catalog in SQLite, scheduler, web API)"
listen=${SUAN_DEMO_LISTEN:-127.0.0.1:8080}
agents=${SUAN_DEMO_AGENTS:-127.0.0.1:7400}
start server "$suan" server --data "$demo/server" --listen "$listen" --agents-listen "$agents"
export SUAN_URL=http://$listen
wait_for 20 "the control plane" "$demo/server.log" test -s "$demo/server/keys/admin.key"
export SUAN_KEY=@$demo/server/keys/admin.key
wait_for 20 "the control plane" "$demo/server.log" "$suan" models
echo "listening on $SUAN_URL for people, on $agents for agents"

# site, region, threads, slots, round trip in ms: different on purpose, so that there is
# something to learn.
sites=(
  "north beijing   2 8 4"
  "east  shanghai  1 4 16"
  "south guangzhou 1 2 30"
)
for line in "${sites[@]}"; do
  read -r site region threads slots rtt <<<"$line"
  step "Site $site: $threads thread(s), $slots slots, $rtt ms round trip"
  for port in control tokens; do
    target=${agents##*:}
    [ $port = control ] || target=$((target + 1))
    start "relay-$site-$port" "$relay" --to "127.0.0.1:$target" --rtt-ms "$rtt"
    wait_for 5 "the relay of $site" "$demo/relay-$site-$port.log" \
      grep -q '^listening ' "$demo/relay-$site-$port.log"
    declare "relay_$port=$(sed -n 's/^listening //p' "$demo/relay-$site-$port.log")"
  done
  ticket=$("$suan" ticket create --site "$site" --region "$region" --expires 10m --auto-approve) ||
    fail "no ticket for site $site"
  # shellcheck disable=SC2154
  start "agent-$site" "$suan" agent --ticket "$ticket" --data "$demo/$site" --node "$site-1" \
    --server "$relay_control" --tokens-server "$relay_tokens" \
    --model models/stories-moe --threads "$threads" --max-batch "$slots"
  echo "joins with a one-time ticket over CURVE; log: build/demo/agent-$site.log"
done

step "Waiting until all three have measured themselves and are registered"
nodes_ready() { [ "$("$suan" nodes --json | grep -o '"state":"\(probation\|ready\)"' | wc -l)" -eq 3 ]; }
wait_for 40 "the three nodes" "$demo/agent-south.log" nodes_ready
"$suan" nodes

step "Deploying the bundled mixture-of-experts model"
"$suan" deploy stories-moe
replicas_ready() { [ "$("$suan" replicas --json | grep -o '"state":"ready"' | wc -l)" -eq 3 ]; }
wait_for 40 "the three replicas" "$demo/agent-south.log" replicas_ready
"$suan" replicas

ask() { # NAME QUESTION [OPTION...]; where it ran is kept in build/demo/NAME.where
  local name=$1 question=$2
  shift 2
  printf '\n> %s\n' "$question"
  "$suan" chat stories-moe -m "$question" --max-tokens 60 --temperature 0 "$@" 2>"$demo/$name.where" ||
    fail "the chat request failed" "$demo/$name.where"
  cat "$demo/$name.where"
}
site_of() { sed -n 's/^\[site \([^,]*\),.*/\1/p' "$demo/$1.where"; }
request_of() { sed -n 's/.*request \([0-9a-f-]*\)\].*/\1/p' "$demo/$1.where"; }

step "Chat: each answer streams through the public HTTP API; then where it ran, and why"
first="Once upon a time, there was a little dog"
ask before "$first"
ask latency "Lily and Tom went to the park" --policy latency
ask pinned "The big red ball" --site south

step "Benchmark: the same suite at every site (about 20 s)"
"$suan" bench run demo || fail "the benchmark failed"

step "The same question again: the scheduler now relies on these results"
ask after "$first"

step "What it believed before the benchmark"
"$suan" explain "$(request_of before)" || fail "the decision cannot be explained"
step "What it believes now: relied on names the benchmark's runs"
"$suan" explain "$(request_of after)" || fail "the decision cannot be explained"
if [ "$(site_of before)" = "$(site_of after)" ]; then
  echo "The choice stays $(site_of after): what was measured agrees with what was expected; 'because' says why."
else
  echo "The choice changed from $(site_of before) to $(site_of after): the benchmark knew better."
fi

for line in "${sites[@]}"; do
  read -r site _ <<<"$line"
  "$suan" nodes --json | grep -q "\"$site-1\"" || fail "the agent of $site is gone" "$demo/agent-$site.log"
done

step "The tour is over"
echo "Console: $SUAN_URL/ (key: $(cat "$demo/server/keys/admin.key"))"
if [ $stay = 1 ]; then
  echo "The network stays up until Ctrl-C."
  while kill -0 "${pids[@]}" 2>/dev/null; do sleep 1; done
  fail "a process of the demonstration ended; the logs are in build/demo"
fi
echo "Stopped cleanly."
