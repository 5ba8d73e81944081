module example.com/v04-produce

go 1.25.0

require github.com/segmentio/kafka-go v0.4.51

require (
	github.com/golang/snappy v1.0.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
)

replace github.com/segmentio/kafka-go => ../..
