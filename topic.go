package kafka

// TopicConfig describes a topic to create.
type TopicConfig struct {
	// Topic is its name.
	Topic string

	// NumPartitions and ReplicationFactor: -1 leaves it to the broker's
	// defaults (Kafka 2.4 and later). With ReplicaAssignments both must be
	// left alone; zero then counts as unset.
	NumPartitions     int
	ReplicationFactor int

	// ReplicaAssignments places the replicas of the partitions on brokers.
	// Empty leaves that to the broker.
	ReplicaAssignments []ReplicaAssignment

	// ConfigEntries are settings of the topic, such as cleanup.policy.
	ConfigEntries []ConfigEntry
}

// ReplicaAssignment places one replica of a partition on a broker. A partition
// with several replicas has as many entries; the first is the preferred leader.
type ReplicaAssignment struct {
	Partition int

	// Replicas is the id of a broker.
	Replicas int
}

// ConfigEntry is one setting.
type ConfigEntry struct {
	ConfigName  string
	ConfigValue string
}
