package kafka

// Broker is a broker of a Kafka cluster.
type Broker struct {
	Host string
	Port int
	ID   int

	// Rack is empty if the broker names none.
	Rack string
}

// Partition is what a broker's metadata tells about a partition.
type Partition struct {
	// Topic and ID name the partition.
	Topic string

	// Leader is a zero Broker while the partition has none.
	Leader Broker

	// Replicas and Isr (those in sync) are in the order of the metadata. A
	// replica on a broker that is not there has its ID only.
	Replicas []Broker
	Isr      []Broker

	// OfflineReplicas is empty if the broker is older than Kafka 1.0, which
	// does not tell.
	OfflineReplicas []Broker

	ID int

	// Error is what is wrong with the partition, as a kafka.Error; nil if
	// nothing is.
	Error error
}
