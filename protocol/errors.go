package protocol

import "fmt"

// Error is an error with a constant text: comparable, and found by errors.Is.
type Error string

// Error returns the text.
func (e Error) Error() string { return string(e) }

// Errorf makes an Error from a format and its arguments.
func Errorf(msg string, args ...interface{}) Error {
	return Error(fmt.Sprintf(msg, args...))
}

const (
	// ErrNoTopic is what routing a request fails with when the cluster has no
	// such topic.
	ErrNoTopic Error = "topic not found"

	// ErrNoPartition is what routing a request fails with when the topic has no
	// such partition.
	ErrNoPartition Error = "topic partition not found"

	// ErrNoLeader is what routing a request fails with when the partition has no
	// leader at the moment.
	ErrNoLeader Error = "topic partition has no leader"

	// ErrNoBroker is what routing a request fails with when the cluster has no
	// broker of the id that the request names.
	ErrNoBroker Error = "not in the cluster"

	// ErrNoRecord is returned when a record set that is to be written has no
	// records.
	ErrNoRecord Error = "record set contains no records"

	// ErrNoReset is returned when records would have to be read again from a
	// source that can be read only once.
	ErrNoReset Error = "record sequence does not support reset"
)

// TopicError is an error that concerns a topic.
type TopicError struct {
	Topic string
	Err   error // the cause, which Unwrap returns
}

// NewTopicError adds the name of a topic to err.
func NewTopicError(topic string, err error) *TopicError {
	return &TopicError{Topic: topic, Err: err}
}

// NewErrNoTopic returns ErrNoTopic with the name of the topic.
func NewErrNoTopic(topic string) *TopicError {
	return NewTopicError(topic, ErrNoTopic)
}

// Error returns the text of the cause and the name of the topic.
func (e *TopicError) Error() string {
	return fmt.Sprintf("%v (topic=%q)", e.Err, e.Topic)
}

// Unwrap returns the cause.
func (e *TopicError) Unwrap() error { return e.Err }

// TopicPartitionError is an error that concerns a partition.
type TopicPartitionError struct {
	Topic     string
	Partition int32
	Err       error // the cause, which Unwrap returns
}

// NewTopicPartitionError adds the name of a topic and a partition to err.
func NewTopicPartitionError(topic string, partition int32, err error) *TopicPartitionError {
	return &TopicPartitionError{Topic: topic, Partition: partition, Err: err}
}

// NewErrNoPartition returns ErrNoPartition with the topic and the partition.
func NewErrNoPartition(topic string, partition int32) *TopicPartitionError {
	return NewTopicPartitionError(topic, partition, ErrNoPartition)
}

// NewErrNoLeader returns ErrNoLeader with the topic and the partition.
func NewErrNoLeader(topic string, partition int32) *TopicPartitionError {
	return NewTopicPartitionError(topic, partition, ErrNoLeader)
}

// Error returns the text of the cause, the name of the topic and the partition.
func (e *TopicPartitionError) Error() string {
	return fmt.Sprintf("%v (topic=%q partition=%d)", e.Err, e.Topic, e.Partition)
}

// Unwrap returns the cause.
func (e *TopicPartitionError) Unwrap() error { return e.Err }
