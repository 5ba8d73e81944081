#!/usr/bin/env bash
# The whole suite: vet, tests of all modules on the best broker there is, builds for all platforms. `make test` runs it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/broker.sh

command -v go >/dev/null || { echo "Go is needed: https://go.dev/dl" >&2; exit 1; }
go version
choose_broker
race=$(race)

in_module() { (cd "$1" && shift && "$@"); }

for m in . $(modules); do
	step "vet $m" in_module "$m" go vet ./...
	# shellcheck disable=SC2086 # no flag at all when there is no race detector
	step "test $m" in_module "$m" go test $race -timeout 13m ./...
done
step "builds" scripts/builds.sh
finish
