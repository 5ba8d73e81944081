// Package member is what the Go programs of this folder have in common: each is one
// member of a consumer group, built on one client library, and says what happens to
// it on standard output. Another line of standard input is a command.
//
//	member-franz -brokers 127.0.0.1:9092 -group g -topics a,b -protocol range -id franz-1
//
// # Lines
//
// Each begins with the time in milliseconds since 1970. Partitions are written
// topic:partition, separated by commas, and - where there are none.
//
//	hello LIBRARY VERSION                 the program runs; nothing was sent yet
//	leader PROTOCOL MEMBERS               it was asked to make the assignment for so many members
//	assigned PARTITIONS                   partitions it was given; what it had before and is not in a revoked line, it keeps
//	revoked PARTITIONS                    partitions it gave up, their commits made
//	lost PARTITIONS                       partitions it found to be no longer its own
//	got TOPIC PARTITION OFFSET KEY        a message was handed over. Written before it is committed
//	committed TOPIC PARTITION OFFSET      the broker has stored this offset (that of the next message). With -commit 0 only
//	second MESSAGES                       with -summary: messages of the last second, each second
//	gap MILLISECONDS                      with -summary: time without a message, when it is the longest yet, at its end
//	reached MESSAGES                      with -expect: so many messages were handed over
//	stats goroutines=N base=N heap=N sys=N messages=N      answer to stats; in bytes, heap after a collection; base: goroutines before the client
//	error TEXT                            what the library returned or logged as an error
//	closed MESSAGES LONGEST_GAP           the client was closed in order; the last line
//
// A library that does not tell prints no assigned, revoked and lost lines; ask the
// broker (DescribeGroups) who owns what.
//
// # Commands
//
//	pause     takes no more messages, and stays in the group
//	resume    goes on
//	stats     prints stats
//	close     closes the client, which leaves the group, and ends
//
// The end of standard input, SIGTERM and SIGINT mean close. So no member outlives
// the program that started it, as long as it runs at all.
package member
