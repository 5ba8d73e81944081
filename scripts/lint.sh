#!/usr/bin/env bash
# Formatting, and the linters of .golangci.yml.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

formatted() {
	local files
	files=$(git ls-files -z '*.go' | xargs -0 gofmt -l)
	[ -z "$files" ] || { echo "not formatted:"; echo "$files"; return 1; }
}

step "gofmt" formatted
if command -v golangci-lint >/dev/null; then
	step "golangci-lint" golangci-lint run ./...
else
	step "golangci-lint" go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.5.0 run ./...
fi
finish
