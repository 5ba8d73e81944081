//go:build unix

package testkafka

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// canStart tells whether this platform can start brokers.
const canStart = true

// watchdog runs "$@" with its output appended to file $1, prints its process id
// and ends as it ends. When standard input ends before that, as it does when the
// test process dies in whatever way, it kills the program and removes folder $2.
const watchdog = `
log=$1 dir=$2; shift 2
exec 3<&0 </dev/null
"$@" >>"$log" 2>&1 3<&- &
pid=$!
( while read -r line; do :; done; kill -9 $pid; [ -z "$dir" ] || rm -rf -- "$dir" ) <&3 >/dev/null 2>&1 &
watch=$!
exec 3<&-
echo $pid
exec >/dev/null 2>&1
wait $pid
code=$?
kill -9 $watch
exit $code
`

// process is a program under its own watchdog.
type process struct {
	pid  int
	done chan struct{} // closed when the program has ended
	err  error         // how it ended; read after done
	pipe io.Closer
}

// startProcess runs args in folder dir. cleanup, if not "", is removed should
// this process die before the program is stopped.
func startProcess(dir, log, cleanup string, args ...string) (*process, error) {
	cmd := exec.Command("sh", append([]string{"-c", watchdog, "testkafka", log, cleanup}, args...)...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C ends the tests, and the tests' end the program
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	pid, convErr := strconv.Atoi(strings.TrimSpace(line))
	if err := errors.Join(err, convErr); err != nil {
		return nil, errors.Join(fmt.Errorf("testkafka: starting %s: %w", args[0], err), pipe.Close(), cmd.Wait())
	}
	p := &process{pid: pid, done: make(chan struct{}), pipe: pipe}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *process) signal(s syscall.Signal) error {
	select {
	case <-p.done:
		return nil
	default:
		return syscall.Kill(p.pid, s)
	}
}

func (p *process) terminate() error { return p.signal(syscall.SIGTERM) }
func (p *process) kill() error      { return p.signal(syscall.SIGKILL) }
func (p *process) thaw() error      { return p.signal(syscall.SIGCONT) }

// freezeTimeout is how long a process may take to stop after SIGSTOP.
const freezeTimeout = 10 * time.Second

// freeze returns when no thread runs any more: the signal stops the process when
// one of them comes to take it, and until then the others answer.
func (p *process) freeze() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	limit := time.After(freezeTimeout)
	for p.runs() {
		select {
		case <-ticker.C:
		case <-limit:
			return errors.New("it has not stopped")
		case <-p.done:
			return nil
		}
	}
	return nil
}

// runs tells whether a thread of the process has not been stopped. Where there is no
// /proc, that is not known, and it is false.
func (p *process) runs() bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.pid))
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if err != nil {
			continue // it has ended
		}
		_, state, _ := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')')+1:]), " ")
		if !strings.HasPrefix(state, "T") {
			return true
		}
	}
	return false
}

// lockFile takes a lock that holds between processes and ends with them.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("testkafka: locking %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}
