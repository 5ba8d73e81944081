package testkafka

// Open starts a cluster that belongs to no test: programs that are not tests, such as the benchmarks, use it. Close stops it.
func Open(cfg Config) (*Cluster, error) { return start(cfg) }

// Close kills the cluster's processes and removes its files. It is for clusters of Open; those of tests end with their tests.
func (c *Cluster) Close() { c.close() }
