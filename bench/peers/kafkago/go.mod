module github.com/segmentio/kafka-go/bench/peers/kafkago

go 1.26.0

// The original library: only the benchmark's own module is replaced.
replace github.com/segmentio/kafka-go/bench => ../..

tool github.com/segmentio/kafka-go/bench/kafkago

require (
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
	github.com/segmentio/kafka-go v0.4.51 // indirect
	github.com/segmentio/kafka-go/bench v0.0.0 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
)
