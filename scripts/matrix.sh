#!/usr/bin/env bash
# Runs the version matrix on real brokers: KAFKA_MATRIX=2.8.2,4.4.0 scripts/matrix.sh, or without it on all of its versions.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

export KAFKA_MATRIX=${KAFKA_MATRIX:-0.10.1.1,0.10.2.2,0.11.0.3,1.1.1,2.8.2,3.9.1,4.4.0}
export KAFKA_REQUIRED=1
echo "versions: $KAFKA_MATRIX"

# matrix PACKAGE TEST fails when there is no such test, too.
matrix() {
	[ -n "$(go test -list "^$2\$" "$1" | grep -x "$2")" ] || { echo "$1 has no test $2"; return 1; }
	go test -count=1 -v -timeout 15m -run "^$2\$" "$1"
}

step "matrix" matrix . TestMatrix
step "matrix of secure listeners" matrix ./internal/testkafka TestSecureListeners
finish
