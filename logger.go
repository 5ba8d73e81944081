package kafka

// Logger is what the types of this package write their log lines to;
// *log.Logger satisfies it. It is called by many goroutines at once.
type Logger interface {
	Printf(string, ...interface{})
}

// LoggerFunc makes a Logger of a function:
//
//	r := kafka.NewReader(kafka.ReaderConfig{
//		Logger:      kafka.LoggerFunc(l.Infof),
//		ErrorLogger: kafka.LoggerFunc(l.Errorf),
//	})
type LoggerFunc func(string, ...interface{})

// Printf calls f.
func (f LoggerFunc) Printf(msg string, args ...interface{}) { f(msg, args...) }
