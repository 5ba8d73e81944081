// Package archtest holds the tests that keep the shape of this repository: who
// may import whom, how large a function or file may grow, where goroutines
// start, and that nothing sleeps. It has no code of its own.
package archtest
