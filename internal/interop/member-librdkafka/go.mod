module github.com/segmentio/kafka-go/internal/interop/member-librdkafka

go 1.26.0

replace github.com/segmentio/kafka-go/internal/interop => ..

require (
	github.com/confluentinc/confluent-kafka-go/v2 v2.11.1
	github.com/segmentio/kafka-go/internal/interop v0.0.0
)
