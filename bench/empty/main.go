// Command empty imports no client: what its imports cost is what to subtract from the others'.
package main

import "github.com/segmentio/kafka-go/bench/measure"

func main() { measure.Main(measure.AtMain(), nil) }
