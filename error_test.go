package kafka

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type goldenError struct {
	Code      int    `json:"code"`
	Name      string `json:"name"`
	Retriable bool   `json:"retriable"`
}

func goldenErrors(t *testing.T) []goldenError {
	t.Helper()
	b, err := os.ReadFile("testdata/golden/errors.json")
	require.NoError(t, err)
	var list []goldenError
	require.NoError(t, json.Unmarshal(b, &list))
	require.Greater(t, len(list), 130)
	return list
}

// TestErrorsAreKafkas compares the table with the one in Kafka's own client.
func TestErrorsAreKafkas(t *testing.T) {
	// Where the API says other than Kafka about a code that programs know.
	temporary := map[Error]bool{
		ReplicaNotAvailable:      false,
		ConcurrentTransactions:   false,
		NoReassignmentInProgress: true,
		GroupSubscribedToTopic:   true,
	}
	list := goldenErrors(t)
	require.Len(t, errorTable, len(list), "one entry for each code")
	for i, want := range list {
		code := Error(want.Code)
		require.Equal(t, i-1, want.Code, "codes are consecutive")
		retriable, differs := temporary[code]
		if !differs {
			retriable = want.Retriable
		} else {
			assert.NotEqual(t, want.Retriable, retriable, "%s: the exception is gone", want.Name)
		}
		assert.Equal(t, retriable, code.Temporary(), want.Name)
		assert.Equal(t, want.Name == "REQUEST_TIMED_OUT", code.Timeout(), want.Name)
	}
}

// TestErrorNamesAreKafkas holds the titles against Kafka's names: they are the
// same words, except where the API is older than the name.
func TestErrorNamesAreKafkas(t *testing.T) {
	older := map[string]string{
		"UNKNOWN_SERVER_ERROR":         "Unknown",
		"NONE":                         "No Error",
		"CORRUPT_MESSAGE":              "Invalid Message",
		"INVALID_FETCH_SIZE":           "Invalid Message Size",
		"NOT_LEADER_OR_FOLLOWER":       "Not Leader For Partition",
		"MESSAGE_TOO_LARGE":            "Message Size Too Large",
		"COORDINATOR_LOAD_IN_PROGRESS": "Group Load In Progress",
		"COORDINATOR_NOT_AVAILABLE":    "Group Coordinator Not Available",
		"NOT_COORDINATOR":              "Not Coordinator For Group",
		"INVALID_TOPIC_EXCEPTION":      "Invalid Topic",
		"INVALID_PARTITIONS":           "Invalid Partition Number",
		"INVALID_CONFIG":               "Invalid Configuration",
		"INVALID_TXN_STATE":            "Invalid Transaction State",
	}
	for _, want := range goldenErrors(t) {
		title := Error(want.Code).Title()
		if other := older[want.Name]; other != "" {
			assert.Equal(t, other, title)
			continue
		}
		assert.Equal(t, strings.ReplaceAll(want.Name, "_", " "), strings.ToUpper(title))
	}
}

func TestErrorTexts(t *testing.T) {
	seen := map[string]Error{}
	for code := Unknown; code < 200; code++ {
		text := code.Error()
		assert.NotEmpty(t, code.Title(), "%d", int(code))
		assert.NotEmpty(t, code.Description(), "%d", int(code))
		assert.Contains(t, text, fmt.Sprintf("[%d] %s: %s", int(code), code.Title(), code.Description()))
		other, twice := seen[code.Description()]
		assert.False(t, twice && int(code) < len(errorTable)-1, "%d has the text of %d", int(code), int(other))
		seen[code.Description()] = code
	}
	assert.Equal(t, "[1000] Unknown Error Code: the broker sent a code that this version of the library does not know", Error(1000).Error())
	assert.Equal(t, Error(1000).Title(), Error(-2).Title())
	assert.False(t, Error(1000).Temporary())
}

func TestErrorIsANetError(t *testing.T) {
	var err net.Error = RequestTimedOut
	assert.True(t, err.Timeout())
	assert.ErrorIs(t, fmt.Errorf("wrapped: %w", NotController), NotController)
	assert.NoError(t, errorOf(0))
	assert.Equal(t, NotController, errorOf(41))
}

func TestMessageTooLargeError(t *testing.T) {
	var err error = MessageTooLargeError{Message: Message{Value: []byte("x")}}
	assert.Equal(t, MessageSizeTooLarge.Error(), err.Error())
	assert.ErrorIs(t, err, MessageSizeTooLarge)
	var tooLarge MessageTooLargeError
	require.True(t, errors.As(fmt.Errorf("wrapped: %w", err), &tooLarge))
	assert.Equal(t, "x", string(tooLarge.Message.Value))
}
