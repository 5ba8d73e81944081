package scram_test

import (
	"fmt"

	"github.com/segmentio/kafka-go/sasl/scram"
)

func ExampleMechanism() {
	mechanism, err := scram.Mechanism(scram.SHA512, "jane", "from the environment")
	if err != nil {
		fmt.Println(err)
		return
	}
	// Give it to a Dialer's SASLMechanism or to a Transport's SASL.
	fmt.Println(mechanism.Name())
	// Output: SCRAM-SHA-512
}
