#!/usr/bin/env bash
# Builds the library for every platform it promises, and checks what 32 bits may break.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
export CGO_ENABLED=0

on() { GOOS=${1%/*} GOARCH=${1#*/} go "${@:2}"; }

for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64 linux/386; do
	step "build $platform" on "$platform" build ./...
done
for platform in windows/amd64 darwin/arm64 linux/386; do
	step "vet $platform" on "$platform" vet ./...
done
if [ "$(go env GOHOSTOS)/$(go env GOHOSTARCH)" = linux/amd64 ]; then
	step "test linux/386" on linux/386 test ./protocol/... ./compress/...
else
	echo "not covered: tests on 32 bits, which run on linux/amd64"
fi
finish
