#!/usr/bin/env bash
# Measures this library, the original and franz-go side by side, in alternating runs. See README.md.
#   bench/run.sh [import] [produce] [fetch] [latency] [write]      all when none is named
# Environment: KAFKA_BROKERS (unset: the embedded broker, in a process of its own), RUNS, RECORDS, SIZE, CODEC, BATCH, FETCH, CALLS, PARTITIONS, CLIENTS
set -euo pipefail
cd "$(dirname "$0")"
runs=${RUNS:-5} records=${RECORDS:-1000000} size=${SIZE:-100} codec=${CODEC:-none} batch=${BATCH:-1000} fetch=${FETCH:-1048576}
calls=${CALLS:-5000} partitions=${PARTITIONS:-6}
read -ra clients <<<"${CLIENTS:-ours original franz}"
[ $# -gt 0 ] || set -- import produce fetch latency write
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

# alternate FUNCTION ARGUMENT...: runs it with every client in turn, run after run, so that what disturbs the machine disturbs all of them.
# A client is a program, with -VARIANT after it for settings of its producer that are not the default.
alternate() {
  for ((run = 1; run <= runs; run++)); do
    for client in "${clients[@]}"; do
      program=$bin/${client%%-*} variant=''
      case $client in *-*) variant=${client#*-} ;; esac
      line=$("$@")
      echo "$client $line"
    done
  done >"$work/lines"
  "$bin/summary" <"$work/lines"
  echo
}

create_topic() { topic=bench-$$-$RANDOM$RANDOM; "$bin/topic" create "${1:-1}" "$topic"; echo "$topic" >"$work/topic"; }
delete_topic() { [ ! -e "$work/topic" ] || { "$bin/topic" delete "$(cat "$work/topic")"; rm "$work/topic"; }; }

import_once() { "$program" import; }
fetch_once() { "$program" fetch -topic "$topic" "${workload[@]}"; }
produce_once() {
  create_topic
  "$program" produce -topic "$topic" "${workload[@]}"
  delete_topic
}
latency_once() {
  create_topic "$partitions"
  "$program" latency -topic "$topic" -variant "$variant" "${workload[@]}" -records "$calls"
  delete_topic
}
write_once() {
  create_topic "$partitions"
  "$program" write -topic "$topic" -variant "$variant" "${workload[@]}" "$@"
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

measure_latency() {
  echo "== latency: $calls calls that write one record of $size bytes to $partitions partitions, codec $codec"
  [ -n "${CLIENTS:-}" ] || local clients=(ours franz-linger0 original-1ms original-batch1 original)
  alternate latency_once
}

measure_write() {
  local to="of $size bytes to $partitions partitions, codec $codec"
  # By default the original holds what does not fill a batch back for a second, which is all that one would see.
  [ -n "${CLIENTS:-}" ] || local clients=(ours original-1ms franz)
  echo "== write: $records records $to, one caller, $batch in a call"
  alternate write_once
  echo "== write: $records records $to, one caller, $batch in a call, asynchronous"
  alternate write_once -async
  local records=$((records / 5))
  echo "== write: $records records $to, 100 callers, one in a call"
  alternate write_once -callers 100 -batch 1 -records "$records"
}

build
[ "$*" = import ] || find_broker
for what in "$@"; do "measure_$what"; done
