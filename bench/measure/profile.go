package measure

import (
	"errors"
	"os"
	"runtime"
	"runtime/pprof"
)

// everyAllocation is a sampling rate at which profiles count exactly; it slows the program down.
const everyAllocation = 1

// profile starts the profiles that the flags ask for; stop writes them.
func (w Work) profile() (stop func() error, err error) {
	if w.memProfile != "" {
		runtime.MemProfileRate = everyAllocation
	}
	if w.cpuProfile == "" {
		return w.writeAllocations, nil
	}
	file, err := os.Create(w.cpuProfile)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		return errors.Join(file.Close(), w.writeAllocations())
	}, nil
}

func (w Work) writeAllocations() error {
	if w.memProfile == "" {
		return nil
	}
	file, err := os.Create(w.memProfile)
	if err != nil {
		return err
	}
	runtime.GC() // a profile is complete up to the last collection
	return errors.Join(pprof.Lookup("allocs").WriteTo(file, 0), file.Close())
}
