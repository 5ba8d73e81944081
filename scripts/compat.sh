#!/usr/bin/env bash
# Builds and runs the programs of compat/, which are written as programs for kafka-go v0.3 and v0.4 are, and reach this library by one replace line.
# scripts/compat.sh [program…]; KAFKA_BROKERS (and KAFKA_SASL, of a listener with SASL) name a cluster of yours, else embedded brokers of kafkatest/ are used.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

root=$PWD
work=$(mktemp -d)
brokers=()
trap 'for b in "${brokers[@]}"; do kill "$b" 2>/dev/null || true; done; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# embedded NAME FLAG… starts a broker and prints its address.
embedded() {
	local name=$1 line
	shift
	mkfifo "$work/$name"
	"$work/kafkatest" -addr 127.0.0.1:0 "$@" >"$work/$name" &
	brokers+=($!)
	read -r line <"$work/$name" || { echo "the embedded broker did not start" >&2; return 1; }
	address=${line#listening on }
}

# build PROGRAM builds with the go.mod of the program, of which a copy takes what this library needs by now.
build() {
	local folder=$root/compat/$1
	[ "$(grep -c '^replace ' "$folder/go.mod")" = 1 ] || { echo "compat/$1/go.mod has not one replace line"; return 1; }
	cp "$folder/go.mod" "$work/$1.mod"
	cp "$folder/go.sum" "$work/$1.sum"
	(cd "$folder" && GOWORK=off go build -mod=mod -modfile="$work/$1.mod" -o "$work/$1" . && GOWORK=off go vet -mod=mod -modfile="$work/$1.mod" .)
}

program() {
	build "$1" && timeout 150 "$work/$1"
}

if [ -z "${KAFKA_BROKERS:-}" ]; then
	(cd kafkatest && go build -o "$work/kafkatest" ./cmd/kafkatest)
	embedded plain
	export KAFKA_BROKERS=$address
	embedded sasl -users PLAIN:alice:alice-secret,SCRAM-SHA-256:alice:alice-secret
	export KAFKA_SASL=$address
	echo "broker: the embedded one of kafkatest/"
else
	echo "broker: the cluster at $KAFKA_BROKERS (KAFKA_BROKERS)${KAFKA_SASL:+, with SASL at $KAFKA_SASL (KAFKA_SASL)}"
fi
for p in ${*:-$(programs)}; do
	step "$p" program "$p"
done
finish
