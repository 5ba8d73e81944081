module github.com/segmentio/kafka-go/internal/interop

go 1.26.0

replace github.com/segmentio/kafka-go => ../..

require (
	github.com/twmb/franz-go v1.22.2
	github.com/twmb/franz-go/pkg/kmsg v1.15.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

require (
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
	github.com/segmentio/kafka-go v0.4.51
	github.com/stretchr/testify v1.12.1
)
