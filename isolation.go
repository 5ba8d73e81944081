package kafka

// IsolationLevel says which records of transactions a read sees.
type IsolationLevel int8

const (
	// ReadUncommitted makes all records visible, those of transactions that
	// are open or were aborted included.
	ReadUncommitted IsolationLevel = 0

	// ReadCommitted makes those records visible that are part of no
	// transaction or of a committed one. What follows the first open
	// transaction of a partition cannot be read before that ends.
	ReadCommitted IsolationLevel = 1
)
