# Shared by the scripts; sourced, in bash, from the repository's root.

# modules are the nested modules whose tests belong to the suite.
modules() {
	for m in kafkatest examples bench internal/crosscheck internal/chaos/franz internal/interop internal/interop/member-kafkago; do
		[ ! -f "$m/go.mod" ] || echo "$m"
	done
}

# programs are those of compat/, each a module of its own. They are not among the modules above: make compat runs them.
programs() {
	for m in compat/*/go.mod; do
		basename "$(dirname "$m")"
	done
}

# step NAME COMMAND… runs a command and says how long it took; a failure is kept for the end, so that one run shows all of them.
failed=()
step() {
	local name=$1 began=$SECONDS
	shift
	echo "== $name"
	if "$@"; then
		echo "== $name: ok, $((SECONDS - began)) s"
	else
		failed+=("$name")
		echo "== $name: FAILED, $((SECONDS - began)) s"
	fi
}

# finish ends the script with what the steps found.
finish() {
	if [ ${#failed[@]} -gt 0 ]; then
		printf 'FAILED: %s\n' "${failed[@]}"
		exit 1
	fi
	echo "ok, $SECONDS s"
}

# race is "-race" where the race detector can run: it needs cgo and a C compiler.
race() {
	local cc
	cc=$(go env CC)
	if [ "$(go env CGO_ENABLED)" = 1 ] && command -v "${cc%% *}" >/dev/null; then
		echo -race
	else
		echo "no C compiler: the tests run without the race detector" >&2
	fi
}
