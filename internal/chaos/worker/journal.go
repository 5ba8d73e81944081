package worker

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Journal is what a member notes, in lines that begin with the time in milliseconds
// since 1970:
//
//	processed PARTITION OFFSET NUMBER   a message, before it is committed
//	committed PARTITION OFFSET          the client has said that this is committed, the offset of the next message
//	told TEXT                           what the client tells of rebalances
//	error TEXT                          what the client returned as an error
//	closed                              the client is closed; the last line
//
// What is noted at once is written at once, so that nothing of it is lost when the
// process is killed. Its methods may be called concurrently.
type Journal struct {
	mu   sync.Mutex
	file *os.File
	buf  []byte
}

func openJournal(name string) (*Journal, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	return &Journal{file: f}, err
}

// write writes what is in the buffer. A member that cannot note what it does must
// not go on.
func (j *Journal) write() {
	if _, err := j.file.Write(j.buf); err != nil {
		panic(err)
	}
	j.buf = j.buf[:0]
}

func (j *Journal) line(ms int64, what string, numbers ...int64) {
	j.buf = append(strconv.AppendInt(j.buf, ms, 10), ' ')
	j.buf = append(j.buf, what...)
	for _, n := range numbers {
		j.buf = strconv.AppendInt(append(j.buf, ' '), n, 10)
	}
	j.buf = append(j.buf, '\n')
}

func (j *Journal) processed(records []Record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := time.Now().UnixMilli()
	for i := range records {
		r := &records[i]
		j.line(now, "processed", int64(r.Partition), r.Offset, Number(r.Value))
	}
	j.write()
}

// committed notes the last offset of each partition.
func (j *Journal) committed(records []Record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := time.Now().UnixMilli()
	last := make(map[int]int64)
	for i := range records {
		last[records[i].Partition] = max(last[records[i].Partition], records[i].Offset+1)
	}
	for partition, offset := range last {
		j.line(now, "committed", int64(partition), offset)
	}
	j.write()
}

// Told notes what the client tells.
func (j *Journal) Told(format string, args ...any) { j.text("told " + fmt.Sprintf(format, args...)) }

// Error notes what went wrong.
func (j *Journal) Error(err error) { j.text("error " + strings.ReplaceAll(err.Error(), "\n", "; ")) }

func (j *Journal) text(text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.line(time.Now().UnixMilli(), text)
	j.write()
}

func (j *Journal) close() error {
	j.text("closed")
	return j.file.Close()
}

// Number returns the number that a value begins with, -1 for none.
func Number(value []byte) int64 {
	digits, _, _ := bytes.Cut(value, []byte(" "))
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// Event is a line of a journal.
type Event struct {
	Time int64 // in milliseconds since 1970
	What string
	Text string // of told and error

	Partition int
	Offset    int64
	Number    int64 // of processed
}

// Read calls each with the lines of a journal. A line that the end of its process
// has cut is left out.
func Read(name string, each func(Event)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	for in := bufio.NewReader(f); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil // the end, or a line that was cut
		}
		e, err := parse(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return fmt.Errorf("%s: %q: %w", name, line, err)
		}
		each(e)
	}
}

func parse(line string) (e Event, err error) {
	ms, rest, _ := strings.Cut(line, " ")
	if e.Time, err = strconv.ParseInt(ms, 10, 64); err != nil {
		return e, err
	}
	e.What, e.Text, _ = strings.Cut(rest, " ")
	switch e.What {
	case "processed":
		_, err = fmt.Sscan(e.Text, &e.Partition, &e.Offset, &e.Number)
	case "committed":
		_, err = fmt.Sscan(e.Text, &e.Partition, &e.Offset)
	}
	return e, err
}
