package testkafka

import (
	"os"
	"strings"
	"sync"
	"testing"
)

// shared is the cluster of this test process.
var shared struct {
	sync.Mutex
	tried   bool
	cluster *Cluster
	err     error
}

// Shared returns the cluster that the tests of this process share, starting it
// on the first call: one node of the newest version, or what KAFKA_BROKERS
// names. Tests use topics and groups of their own there and do not disturb the
// node. Call Main from TestMain to stop it in time; without that it ends with
// the process. Safe for concurrent use.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	shared.Lock()
	if !shared.tried {
		shared.tried = true
		shared.cluster, shared.err = startShared()
	}
	c, err := shared.cluster, shared.err
	shared.Unlock()
	if err != nil {
		unavailable(t, err)
	}
	return c
}

func startShared() (*Cluster, error) {
	var external []string
	for addr := range strings.SplitSeq(os.Getenv("KAFKA_BROKERS"), ",") {
		if addr = strings.TrimSpace(addr); addr != "" {
			external = append(external, addr)
		}
	}
	if external != nil {
		return &Cluster{external: external}, nil
	}
	return start(Config{})
}

// Main runs the tests and then stops the shared cluster. It returns the code to
// pass to os.Exit.
func Main(m *testing.M) int {
	code := m.Run()
	StopShared()
	return code
}

// StopShared stops the shared cluster, if there is one. The next call of Shared
// starts another. Main does it; call it where TestMain has more to check after
// the tests.
func StopShared() {
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster != nil {
		shared.cluster.close()
	}
	shared.cluster, shared.err, shared.tried = nil, nil, false
}
