module github.com/segmentio/kafka-go/bench/peers/librdkafka

go 1.26.0

replace github.com/segmentio/kafka-go/bench => ../..

require (
	github.com/confluentinc/confluent-kafka-go/v2 v2.11.1
	github.com/segmentio/kafka-go/bench v0.0.0
)
