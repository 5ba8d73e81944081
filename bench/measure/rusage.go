//go:build unix

package measure

import (
	"runtime"
	"syscall"
	"time"
)

// cpuTime returns the user and system time that this process has used.
func cpuTime() time.Duration {
	usage := rusage()
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// maxRSS returns the peak of resident memory in bytes.
func maxRSS() int64 {
	unit := int64(1024)
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	usage := rusage()
	return int64(usage.Maxrss) * unit //nolint:unconvert // 32 bits wide on some platforms
}

func rusage() syscall.Rusage {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // the arguments are constant
	}
	return usage
}
