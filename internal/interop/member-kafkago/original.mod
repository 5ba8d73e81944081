module github.com/segmentio/kafka-go/internal/interop/member-kafkago

go 1.26.0

replace github.com/segmentio/kafka-go/internal/interop => ..

require (
	github.com/segmentio/kafka-go v0.4.51
	github.com/segmentio/kafka-go/internal/interop v0.0.0
)

require (
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
)
