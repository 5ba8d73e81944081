package protocol

// Leader returns the broker that leads a partition. The error is ErrNoTopic,
// ErrNoPartition or ErrNoLeader, wrapped with the topic and the partition; the
// last also stands for a leader that is not among the brokers of the cluster.
func (c Cluster) Leader(topic string, partition int32) (Broker, error) {
	t, ok := c.Topics[topic]
	if !ok {
		return Broker{}, NewErrNoTopic(topic)
	}
	p, ok := t.Partitions[partition]
	if !ok {
		return Broker{}, NewErrNoPartition(topic, partition)
	}
	b, ok := c.Brokers[p.Leader]
	if !ok {
		return Broker{}, NewErrNoLeader(topic, partition)
	}
	return b, nil
}
