#!/usr/bin/env bash
# Runs each fuzz target for FUZZTIME (a minute); with arguments, only the targets whose names contain one of them.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

wanted() {
	local target=$1 word
	shift
	[ $# -gt 0 ] || return 0
	for word in "$@"; do
		[[ $target != *"$word"* ]] || return 0
	done
	return 1
}

found=0
for dir in $(go list -f '{{.Dir}}' ./...); do
	grep -qs '^func Fuzz' "$dir"/*_test.go || continue
	for target in $(cd "$dir" && go test -list '^Fuzz' . | grep '^Fuzz'); do
		wanted "$target" "$@" || continue
		found=$((found + 1))
		step "$(realpath --relative-to=. "$dir" 2>/dev/null || echo "$dir") $target" \
			go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-1m}" -fuzzminimizetime 1x "$dir"
	done
done
echo "$found fuzz targets"
[ "$found" -gt 0 ] || { echo "no fuzz target is named like: $*" >&2; exit 1; }
finish
