package kafka

import "sync"

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

// loggers are the Logger and ErrorLogger of a configuration.
type loggers struct {
	log      Logger // may be nil
	errorLog Logger // may be nil
}

// newLoggers has errors go to log if there is no ErrorLogger.
func newLoggers(log, errorLog Logger) loggers {
	if errorLog == nil {
		errorLog = log
	}
	return loggers{log, errorLog}
}

func (l loggers) logf(format string, args ...any) {
	if l.log != nil {
		l.log.Printf(format, args...)
	}
}

func (l loggers) errorf(format string, args ...any) {
	if l.errorLog != nil {
		l.errorLog.Printf(format, args...)
	}
}

// heldLines are log lines of what happens under a lock, until it is given up: a
// Logger of the program may call what takes the same lock. The lock guards them.
type heldLines struct {
	loggers
	held []heldLine
}

type heldLine struct {
	print  func(loggers, string, ...any)
	format string
	args   []any
}

func (h *heldLines) logf(format string, args ...any) {
	h.held = append(h.held, heldLine{loggers.logf, format, args})
}

func (h *heldLines) errorf(format string, args ...any) {
	h.held = append(h.held, heldLine{loggers.errorf, format, args})
}

// unlock gives up the lock and prints the lines.
func (h *heldLines) unlock(mu *sync.Mutex) {
	held := h.held
	h.held = nil
	mu.Unlock()
	for _, line := range held {
		line.print(h.loggers, line.format, line.args...)
	}
}
