// Package chaos stands between a client and the brokers of a cluster and disturbs
// what passes: it cuts connections, also half-way through a frame, delays what they
// carry, and holds it back. It is for tests.
//
//	net, err := chaos.New(k.Brokers())
//	defer net.Close()
//	tr := &kafka.Transport{Dial: net.Dial}
//	net.Cut(rng, chaos.Cut{Where: chaos.Response, Reset: true})
//
// The tests of this package that need it are the chaos runs of the module. They
// are skipped unless KAFKA_CHAOS is set: to "ci" for a form of five minutes, to
// "full" for a million messages and ten minutes of groups. `make chaos` runs the
// latter.
//
// In the run of groups, TestChaosGroup, each member is a process: this test binary,
// started once more, or the program in folder franz, which stands on franz-go. What
// they have in common is in package worker.
package chaos
