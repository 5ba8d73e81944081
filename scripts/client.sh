#!/usr/bin/env bash
# Tries every method of Client on real brokers, three of each version (KAFKA_MATRIX=4.4.0 for one of them), and prints one table: method, API key and name, versions
# used, version of Kafka, result. It fails if a method was not tried.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

export KAFKA_MATRIX=${KAFKA_MATRIX:-2.8.2,3.9.1,4.4.0}
export KAFKA_REQUIRED=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

try() {
	go test -count=1 -v -timeout 20m -run '^TestClientOnKafka$' . >"$log" 2>&1 && return
	grep -v 'client: ' "$log"
	return 1
}

table() {
	printf '%-29s %3s %-28s %-8s %-6s %s\n' method key API versions kafka result
	sed -n 's/.*client: //p' "$log" | LC_ALL=C sort -k1,1 -k2,2n -k3,3
	[ -n "$(sed -n 's/.*client: //p' "$log")" ] || { echo "no brokers were asked: $KAFKA_MATRIX" >&2; return 1; }
}

step "client ($KAFKA_MATRIX)" try
step "table" table
finish
