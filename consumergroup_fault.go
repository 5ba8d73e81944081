package kafka

import (
	"context"
	"errors"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// groupFault says what a member does about an error.
type groupFault uint8

const (
	faultTold   groupFault = iota // the program is told
	faultRejoin                   // the group has moved on: join again
	faultForget                   // the coordinator does not know the member: join as a new one
	faultPasses                   // the coordinator moves, or cannot be reached: try again
)

// groupFaults are the codes that a program need not know of.
var groupFaults = map[Error]groupFault{
	RebalanceInProgress:          faultRejoin,
	IllegalGeneration:            faultRejoin,
	MemberIDRequired:             faultRejoin,
	UnknownMemberId:              faultForget,
	NotCoordinatorForGroup:       faultPasses,
	GroupCoordinatorNotAvailable: faultPasses,
	GroupLoadInProgress:          faultPasses,
	RequestTimedOut:              faultPasses,
	NetworkException:             faultPasses,
	BrokerNotAvailable:           faultPasses,
	UnstableOffsetCommit:         faultPasses,
}

// groupFaultOf tells what to do about an error of a request to the coordinator.
func groupFaultOf(err error) groupFault {
	var code Error
	if errors.As(err, &code) {
		return groupFaults[code]
	}
	var request *protocol.RequestError
	var version *protocol.VersionError
	switch {
	case errors.As(err, &version):
		return faultTold
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return faultPasses
	case errors.As(err, &request) && networkOps[request.Op]:
		return faultPasses
	}
	return faultTold
}

// networkOps are what requests fail at, as protocol.RequestError says it, where it is
// for the network or the broker rather than for what was asked.
var networkOps = map[string]bool{
	"connect":            true,
	"negotiate versions": true,
	"write request":      true,
	"await response":     true,
}

// The pause before what did not work is tried again doubles with each attempt.
const (
	groupPauseMin = 50 * time.Millisecond
	groupPauseMax = time.Second
)

func groupPause(attempt int) time.Duration {
	return min(groupPauseMin<<min(attempt, 10), groupPauseMax)
}
