package kafka

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

// SyncGroupRequest asks for what a member of a group is to read. The leader tells
// at the same time what all are to read.
type SyncGroupRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupID is the group.
	GroupID string

	// GenerationID is that of the JoinGroupResponse.
	GenerationID int

	// MemberID is that of the JoinGroupResponse.
	MemberID string

	// GroupInstanceID is the name of a static member (KIP-345, Kafka 2.3), empty
	// for others.
	GroupInstanceID string

	// ProtocolType and ProtocolName are those of the JoinGroupResponse. Brokers since
	// Kafka 2.5 hold them against the group's; without either there is no such check.
	ProtocolType string
	ProtocolName string

	// Assignments are, if the member is the leader, those of all members, and none
	// else. Members that are left out have nothing to read.
	Assignments []SyncGroupRequestAssignment
}

// SyncGroupRequestAssignment is what one member is to read.
type SyncGroupRequestAssignment struct {
	// MemberID is the member.
	MemberID string

	// Assignment is what it is to read.
	Assignment GroupProtocolAssignment
}

// GroupProtocolAssignment is what the leader of a group tells a member to read.
type GroupProtocolAssignment struct {
	// AssignedPartitions are partitions by topic.
	AssignedPartitions map[string][]int

	// UserData is from the GroupBalancer, nil for none.
	UserData []byte
}

// SyncGroupResponse tells what the member is to read.
type SyncGroupResponse struct {
	// Error is what the broker has against the request, or why the Assignment
	// cannot be decoded. RebalanceInProgress asks the member to join again.
	Error error

	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// ProtocolType and ProtocolName are those of the group. Brokers before Kafka
	// 2.5 leave them empty.
	ProtocolType string
	ProtocolName string

	// Assignment is that of the member. Its map is nil if there is an Error.
	Assignment GroupProtocolAssignment
}

// SyncGroup asks for what a member is to read. It returns when the leader of the
// group has told, unless ctx ends before.
func (c *Client) SyncGroup(ctx context.Context, req *SyncGroupRequest) (*SyncGroupResponse, error) {
	var check checker
	assignments, err := encodeGroupAssignments(req.Assignments)
	generation := check.int32("GenerationID", req.GenerationID)
	if check.err != nil {
		err = check.err
	}
	if err != nil {
		return nil, clientError("SyncGroup", err)
	}
	res, err := call[*syncgroup.Response](ctx, c, "SyncGroup", req.Addr, &syncgroup.Request{
		GroupID:         req.GroupID,
		GenerationID:    generation,
		MemberID:        req.MemberID,
		GroupInstanceID: req.GroupInstanceID,
		ProtocolType:    req.ProtocolType,
		ProtocolName:    req.ProtocolName,
		Assignments:     assignments,
	})
	if err != nil {
		return nil, err
	}
	return makeSyncGroupResponse(res), nil
}

func encodeGroupAssignments(assignments []SyncGroupRequestAssignment) ([]syncgroup.RequestAssignment, error) {
	encoded := make([]syncgroup.RequestAssignment, len(assignments))
	for i := range assignments {
		a := &assignments[i]
		b, err := groupAssignment{a.Assignment.AssignedPartitions, a.Assignment.UserData}.encode()
		if err != nil {
			return nil, fmt.Errorf("field Assignments[%d]: %w", i, err)
		}
		encoded[i] = syncgroup.RequestAssignment{MemberID: a.MemberID, Assignment: b}
	}
	return encoded, nil
}

func makeSyncGroupResponse(res *syncgroup.Response) *SyncGroupResponse {
	synced := &SyncGroupResponse{
		Error:        errorOf(res.ErrorCode),
		Throttle:     throttleDuration(res.ThrottleTimeMS),
		ProtocolType: res.ProtocolType,
		ProtocolName: res.ProtocolName,
	}
	if synced.Error != nil {
		return synced
	}
	a, err := decodeGroupAssignment(res.Assignments)
	synced.Assignment, synced.Error = GroupProtocolAssignment{a.partitions, a.userData}, err
	return synced
}
