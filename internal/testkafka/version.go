package testkafka

import (
	"fmt"
	"strconv"
	"strings"
)

// version is a Kafka version's first four numbers.
type version [4]int

func v(numbers ...int) version {
	var ver version
	copy(ver[:], numbers)
	return ver
}

func parseVersion(s string) (version, error) {
	var ver version
	parts := strings.Split(s, ".")
	if len(parts) < 3 || len(parts) > 4 {
		return ver, fmt.Errorf("testkafka: %q is no Kafka version", s)
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return ver, fmt.Errorf("testkafka: %q is no Kafka version", s)
		}
		ver[i] = n
	}
	return ver, nil
}

func (ver version) before(other version) bool {
	for i := range ver {
		if ver[i] != other[i] {
			return ver[i] < other[i]
		}
	}
	return false
}

// kraft reports whether the version runs without ZooKeeper here: from 3.5, the
// first whose storage tool can write SCRAM users.
func (ver version) kraft() bool { return !ver.before(v(3, 5)) }

// scram reports whether the version knows SCRAM (KIP-84).
func (ver version) scram() bool { return !ver.before(v(0, 10, 2)) }

// authorizer returns the class that keeps ACLs.
func (ver version) authorizer() string {
	switch {
	case ver.kraft():
		return "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
	case ver.before(v(2, 4)):
		return "kafka.security.auth.SimpleAclAuthorizer"
	}
	return "kafka.security.authorizer.AclAuthorizer"
}

// scala returns the Scala version whose jars exist for the Kafka version.
func (ver version) scala() string {
	switch {
	case ver.before(v(1, 0)):
		return "2.11"
	case ver.before(v(2, 4)):
		return "2.12"
	}
	return "2.13"
}
