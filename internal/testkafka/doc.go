// Package testkafka starts real Apache Kafka for tests, from the Maven jars of
// any version between 0.10.1 and 4.4, on this machine.
//
//	func TestMain(m *testing.M) { os.Exit(testkafka.Main(m)) }
//
//	func TestSomething(t *testing.T) {
//		k := testkafka.Shared(t)                 // one 4.4.0 node for the whole test binary
//		conn, err := kafka.Dial("tcp", k.Brokers()[0])
//	}
//
//	func TestFailover(t *testing.T) {
//		k := testkafka.Start(t, testkafka.Config{Nodes: 3}) // its own cluster
//		k.Kill(2)
//	}
//
// It needs a JDK (17 or newer) and Maven, and Unix for starting brokers. Without
// them a test that asks for a broker is skipped with the reason.
//
// Environment:
//
//	KAFKA_BROKERS           host:port,… of a cluster that Shared uses instead of starting one
//	KAFKA_BROKERS_EMBEDDED  set when KAFKA_BROKERS is the embedded broker of kafkatest/, see Cluster.SkipEmbedded
//	KAFKA_REQUIRED          set: a test that would be skipped for want of a broker fails
//	KAFKA_MATRIX            versions that MatrixVersions returns, separated by commas
//	KAFKA_CACHE             folder for jars (default: kafka-go-testkafka in os.UserCacheDir)
//	KAFKA_KEEP              set: the data and logs of clusters are not deleted
//
// No broker outlives its test binary, not even one that is killed: each runs
// under a shell that holds a pipe from the test process and kills the broker
// when the pipe ends.
package testkafka
