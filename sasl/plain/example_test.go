package plain_test

import (
	"fmt"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
)

func ExampleMechanism() {
	var mechanism sasl.Mechanism = plain.Mechanism{
		Username: "jane",
		Password: "from the environment",
	}
	// Give it to a Dialer's SASLMechanism or to a Transport's SASL.
	fmt.Println(mechanism.Name())
	fmt.Println(mechanism)
	// Output:
	// PLAIN
	// PLAIN jane
}
