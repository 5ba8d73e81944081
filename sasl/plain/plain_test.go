package plain_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
)

func TestMechanism(t *testing.T) {
	m := plain.Mechanism{Username: "jane", Password: "secret"}
	require.Equal(t, "PLAIN", m.Name())

	sess, ir, err := m.Start(context.Background())
	require.NoError(t, err)
	require.Equal(t, "\x00jane\x00secret", string(ir))

	done, response, err := sess.Next(context.Background(), nil)
	require.NoError(t, err)
	require.True(t, done)
	require.Empty(t, response)
}

func TestZeroBytesAreRefused(t *testing.T) {
	for _, m := range []plain.Mechanism{
		{Username: "ja\x00ne", Password: "secret"},
		{Username: "jane", Password: "sec\x00ret"},
	} {
		_, _, err := m.Start(context.Background())
		require.ErrorContains(t, err, "zero byte")
		require.NotContains(t, err.Error(), "ret")
	}
}

func TestPasswordIsNeverFormatted(t *testing.T) {
	m := plain.Mechanism{Username: "jane", Password: "hunter2"}
	type holder struct{ SASLMechanism sasl.Mechanism }

	for _, v := range []any{m, &m, holder{m}, holder{&m}, []plain.Mechanism{m}, m.String, m.GoString()} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			out := fmt.Sprintf(verb, v)
			require.NotContains(t, out, "hunter2", verb)
			require.NotContains(t, out, fmt.Sprintf("%x", "hunter2"), verb)
			require.NotContains(t, out, fmt.Sprintf("%X", "hunter2"), verb)
		}
	}
	require.Equal(t, "PLAIN jane", fmt.Sprint(m))
	require.Equal(t, `plain.Mechanism{Username:"jane", Password:"***"}`, fmt.Sprintf("%#v", m))
}
