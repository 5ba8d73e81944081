# make test needs Go alone to start; see CONTRIBUTING.md, Tests.
.PHONY: test quickstart matrix client chaos interop fuzz lint golden bench bench-quick benchmarks api compat partitions

test: ## the whole suite, on the best broker there is
	@scripts/test.sh

quickstart: ## a program that writes and reads back 100,000 messages; KAFKA_BROKERS=host:port for a cluster of yours
	@cd examples && go run ./quickstart $(ARGS)

matrix: ## the version matrix on real brokers; KAFKA_MATRIX=2.8.2,4.4.0 for some of it
	@scripts/matrix.sh

client: ## every method of Client on brokers of three versions, as a table; KAFKA_MATRIX=4.4.0 for one of them
	@scripts/client.sh

chaos: ## Writers and groups through kills, cut connections and frozen brokers, groups beside franz-go; KAFKA_CHAOS=ci for a form of five minutes
	@KAFKA_REQUIRED=1 KAFKA_CHAOS=$(or $(KAFKA_CHAOS),full) go test -count=1 -v -timeout 60m ./internal/chaos

interop: ## one group of this library, franz-go, librdkafka and Java, each leading it; KAFKA_INTEROP_MEMBERS=kafkago,java for some of them
	@cd internal/interop && KAFKA_REQUIRED=1 KAFKA_INTEROP=1 go test -count=1 -v -timeout 10m -run '^Test(OneGroupOfAllClients|MembersPause)$$' .

fuzz: ## each fuzz target for a minute; FUZZTIME=10s, TARGETS="Records Batch"
	@scripts/fuzz.sh $(TARGETS)

lint: ## formatting and linters
	@scripts/lint.sh

golden: ## writes testdata/golden anew with Kafka's own code
	@scripts/golden.sh

api: ## writes testdata/api, the exported API as text, anew; CONTRIBUTING.md says when
	@go test -count=1 ./internal/apitext -run TestAPI -update && git status --short -- testdata/api

compat: ## programs in the style of kafka-go v0.3 and v0.4, built with one replace line and run; KAFKA_BROKERS=host:port for a cluster of yours
	@scripts/compat.sh $(PROGRAMS)

bench: ## beside other clients, on one real broker, into bench/RESULTS.md; BENCH=consume-100,produce-100 PEERS=ours,franz for some of it, PROFILE=folder
	@cd bench && go run . -rows "$(BENCH)" -peers "$(PEERS)" $(if $(PROFILE),-cpuprofile $(abspath $(PROFILE))) $(if $(BENCH)$(PEERS)$(PROFILE),,-out RESULTS.md) $(ARGS)

bench-quick: ## the same in five minutes: fewer rows and records, two rounds, no report
	@cd bench && go run . -quick -rounds 2 -scale 0.5 -rows "$(BENCH)" -peers "$(PEERS)" $(if $(PROFILE),-cpuprofile $(abspath $(PROFILE))) $(ARGS)

benchmarks: ## Go benchmarks of all packages
	@go test -run '^$$' -bench . -benchmem $(or $(PACKAGES),./...)

partitions: ## what a group member with 1,000 partitions on three brokers holds, beside the original and franz-go; PARTITIONS=100
	@cd internal/interop && KAFKA_REQUIRED=1 KAFKA_INTEROP_PARTITIONS=$(or $(PARTITIONS),1000) go test -count=1 -v -timeout 15m -run '^TestManyPartitions$$' .
