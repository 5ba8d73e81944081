// Package interop starts members of consumer groups, each a program built on one
// client library, and reads what they say; see package member for the lines and the
// commands. Its tests put them into one group:
//
//	kafkago      Reader of this repository        member-kafkago, go.mod
//	original     Reader of the original v0.4.51   member-kafkago, original.mod
//	franz        franz-go                         member-franz
//	librdkafka   confluent-kafka-go               member-librdkafka
//	java         KafkaConsumer, classic protocol  member-java
//
// It is a module of its own, and so are the programs that need a library of which
// nobody else should hear: no peer enters a go.mod that a user of the library sees.
//
// The original cannot be in such a group: Java and librdkafka do not understand its
// metadata (version 1 without the owned partitions). It is there to be measured.
//
// The tests take minutes and are skipped unless KAFKA_INTEROP is set: `make interop`
// and `make partitions` do. KAFKA_INTEROP_MEMBERS names the kinds to use.
package interop
