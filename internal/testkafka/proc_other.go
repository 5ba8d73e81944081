//go:build !unix

package testkafka

import "errors"

const canStart = false

var errNoProcesses = errors.New("testkafka: brokers are started on Unix only")

type process struct {
	pid  int
	done chan struct{}
	err  error
}

func startProcess(dir, log, cleanup string, args ...string) (*process, error) {
	return nil, errNoProcesses
}

func (p *process) terminate() error { return errNoProcesses }
func (p *process) kill() error      { return errNoProcesses }
func (p *process) freeze() error    { return errNoProcesses }
func (p *process) thaw() error      { return errNoProcesses }

func lockFile(path string) (unlock func(), err error) { return nil, errNoProcesses }
