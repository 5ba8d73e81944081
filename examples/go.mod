module github.com/segmentio/kafka-go/examples

go 1.26.0

replace (
	github.com/segmentio/kafka-go => ..
	github.com/segmentio/kafka-go/kafkatest => ../kafkatest
)

require (
	github.com/segmentio/kafka-go v0.4.51
	github.com/segmentio/kafka-go/kafkatest v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/golang/snappy v1.0.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
	github.com/twmb/franz-go v1.22.2 // indirect
	github.com/twmb/franz-go/pkg/kfake v0.0.0-20260918054303-01f206a7e32c // indirect
	github.com/twmb/franz-go/pkg/kmsg v1.15.0 // indirect
	github.com/xdg-go/scram v1.4.0 // indirect
	github.com/xdg-go/stringprep v1.0.4 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/text v0.30.0 // indirect
)
