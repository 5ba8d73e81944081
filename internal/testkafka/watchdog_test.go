//go:build unix

package testkafka

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const helperEnv = "TESTKAFKA_HELPER"

// TestHelperHolds is no test: TestNoOrphans runs it in a process of its own, and
// kills that.
func TestHelperHolds(t *testing.T) {
	if os.Getenv(helperEnv) == "" {
		t.Skip("run by TestNoOrphans")
	}
	k := Start(t, Config{Version: "2.8.2", Nodes: 2})
	k.Freeze(2)
	fmt.Printf("%s %d %d %d\n", k.Dir, k.support.proc.pid, k.nodes[0].proc.pid, k.nodes[1].proc.pid)
	<-t.Context().Done() // never
}

func TestNoOrphans(t *testing.T) {
	require.NoError(t, skipWithoutJava(t))
	helper := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHelperHolds$")
	helper.Env = append(os.Environ(), helperEnv+"=1")
	out, err := helper.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, helper.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	var dir string
	pids := make([]int, 3) // ZooKeeper, a running broker, a frozen one
	_, err = fmt.Sscan(line, &dir, &pids[0], &pids[1], &pids[2])
	require.NoError(t, err, line)
	for _, pid := range pids {
		require.True(t, alive(pid), "%d", pid)
	}

	require.NoError(t, helper.Process.Kill())
	assert.Error(t, helper.Wait())
	for _, pid := range pids {
		assert.Eventually(t, func() bool { return !alive(pid) }, 10*time.Second, 20*time.Millisecond, "process %d outlives the test process", pid)
	}
	assert.Eventually(t, func() bool { return !exists(dir) }, 10*time.Second, 20*time.Millisecond, "%s is left", dir)
}

// alive reports whether a process runs; one that has ended and that nobody has
// waited for yet does not.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	state, err := exec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(pid)).Output()
	return err != nil || !strings.HasPrefix(strings.TrimSpace(string(state)), "Z")
}

func TestProcessEndIsSeen(t *testing.T) {
	log := t.TempDir() + "/log"
	p, err := startProcess(t.TempDir(), log, "", "sh", "-c", "echo words; exit 3")
	require.NoError(t, err)
	<-p.done
	var exit *exec.ExitError
	require.ErrorAs(t, p.err, &exit)
	assert.Equal(t, 3, exit.ExitCode())
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, "words\n", string(text))
	assert.NoError(t, p.kill(), "it has ended")
}

func TestOnceFillsOnce(t *testing.T) {
	dir := t.TempDir() + "/a/b"
	fills := make(chan struct{}, 8)
	done := make(chan error)
	for range cap(fills) {
		go func() {
			done <- once(dir, func(tmp string) error {
				fills <- struct{}{}
				return os.WriteFile(tmp+"/file", nil, 0o644)
			})
		}()
	}
	for range cap(fills) {
		assert.NoError(t, <-done)
	}
	assert.Len(t, fills, 1)
	assert.FileExists(t, dir+"/file")
	err := once(t.TempDir()+"/c", func(string) error { return errors.New("refused") })
	assert.EqualError(t, err, "refused")
}
