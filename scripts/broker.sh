# Chooses the broker that the tests use; sourced, in bash, from the repository's root. What it starts ends with the shell.

have_java() {
	command -v java >/dev/null && command -v mvn >/dev/null &&
		[ "$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)" -ge 17 ] 2>/dev/null
}

have_docker() {
	docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1
}

start_docker() {
	trap 'docker compose down --volumes' EXIT
	docker compose up --detach --wait
	export KAFKA_BROKERS=127.0.0.1:9092
}

start_embedded() {
	local work line
	work=$(mktemp -d)
	trap 'kill "${embedded:-}" 2>/dev/null || true; rm -rf "'"$work"'"' EXIT
	(cd kafkatest && go build -o "$work/kafkatest" ./cmd/kafkatest)
	mkfifo "$work/out"
	"$work/kafkatest" -addr 127.0.0.1:0 >"$work/out" &
	embedded=$!
	read -r line <"$work/out" || { echo "the embedded broker did not start" >&2; return 1; }
	export KAFKA_BROKERS=${line#listening on } KAFKA_BROKERS_EMBEDDED=1
}

choose_broker() {
	trap 'exit 130' INT
	trap 'exit 143' TERM
	if [ -n "${KAFKA_BROKERS:-}" ]; then
		echo "broker: the cluster at $KAFKA_BROKERS (KAFKA_BROKERS)"
		have_java || echo "not covered: TLS, SASL, authorization, failures of brokers, other versions. They need a JDK (17 or newer) and Maven"
	elif have_java; then
		echo "broker: Apache Kafka, started by the tests from Maven jars (a JDK and Maven are there)"
		echo "not covered: other versions than the newest, see make matrix"
	elif have_docker; then
		echo "broker: Apache Kafka 4.4.0 by Docker Compose (no JDK 17 with Maven)"
		echo "not covered: TLS, SASL, authorization, failures of brokers, other versions. They need a JDK (17 or newer) and Maven"
		start_docker
	else
		echo "broker: the embedded one of kafkatest/ (no KAFKA_BROKERS, no JDK 17 with Maven, no Docker Compose)"
		echo "not covered: real Kafka. What it alone does (TLS, SASL, authorization, failures, versions, compaction, …) is skipped, each with its reason"
		start_embedded
	fi
}
