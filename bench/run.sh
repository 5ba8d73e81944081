#!/usr/bin/env bash
# Measures this library, the original and franz-go side by side, in alternating runs. See README.md.
#   bench/run.sh [import] [produce] [fetch]      all three when none is named
# Environment: KAFKA_BROKERS (unset: the embedded broker, in a process of its own), RUNS, RECORDS, SIZE, CODEC, BATCH, FETCH, CLIENTS
set -euo pipefail
cd "$(dirname "$0")"
runs=${RUNS:-5} records=${RECORDS:-1000000} size=${SIZE:-100} codec=${CODEC:-none} batch=${BATCH:-1000} fetch=${FETCH:-1048576}
read -ra clients <<<"${CLIENTS:-ours original franz}"
[ $# -gt 0 ] || set -- import produce fetch
bin=$PWD/bin work=$(mktemp -d) broker=''
workload=(-records "$records" -size "$size" -codec "$codec" -batch "$batch" -fetch "$fetch")

finish() {
  delete_topic || true
  [ -z "$broker" ] || { kill "$broker" && wait "$broker"; } 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

build() {
  mkdir -p "$bin"
  go build -o "$bin/ours" ./conn
  go build -o "$bin/" ./empty ./topic ./summary
  (cd peers/kafkago && go build -o "$bin/original" github.com/segmentio/kafka-go/bench/conn)
  (cd peers/franz && go build -o "$bin/franz" .)
}

find_broker() {
  [ -z "${KAFKA_BROKERS:-}" ] || { echo "cluster: $KAFKA_BROKERS"; return; }
  (cd ../kafkatest && go build -o "$bin/kafkatest" ./cmd/kafkatest)
  mkfifo "$work/listening"
  "$bin/kafkatest" -addr 127.0.0.1:0 >"$work/listening" &
  broker=$!
  read -r _ _ KAFKA_BROKERS <"$work/listening"
  export KAFKA_BROKERS
  echo "KAFKA_BROKERS is not set: embedded broker on $KAFKA_BROKERS"
}

# alternate FUNCTION: runs it with every client in turn, run after run, so that what disturbs the machine disturbs all of them.
alternate() {
  for ((run = 1; run <= runs; run++)); do
    for client in "${clients[@]}"; do
      line=$("$@" "$bin/$client")
      echo "$client $line"
    done
  done >"$work/lines"
  "$bin/summary" <"$work/lines"
  echo
}

create_topic() { topic=bench-$$-$RANDOM$RANDOM; "$bin/topic" create "$topic"; echo "$topic" >"$work/topic"; }
delete_topic() { [ ! -e "$work/topic" ] || { "$bin/topic" delete "$(cat "$work/topic")"; rm "$work/topic"; }; }

import_once() { "$1" import; }
fetch_once() { "$1" fetch -topic "$topic" "${workload[@]}"; }
produce_once() {
  create_topic
  "$1" produce -topic "$topic" "${workload[@]}"
  delete_topic
}

measure_import() {
  echo "== import: allocations before the first line of main ('empty' imports no client)"
  local clients=(empty "${clients[@]}") runs=1
  alternate import_once
}

measure_produce() {
  echo "== produce: $records records of $size bytes, codec $codec, $batch in a request"
  alternate produce_once
}

measure_fetch() {
  echo "== fetch: $records records of $size bytes, codec $codec, at most $fetch bytes at once"
  create_topic
  "$bin/ours" produce -topic "$topic" "${workload[@]}" >/dev/null
  alternate fetch_once
  delete_topic
}

build
[ "$*" = import ] || find_broker
for what in "$@"; do "measure_$what"; done
