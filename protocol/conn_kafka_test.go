package protocol_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

func dialKafka(t *testing.T, addr string, opts protocol.ConnOptions) *protocol.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	require.NoError(t, err)
	c := protocol.NewConnWith(conn, opts)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// askedWith is the version of ApiVersions by which the brokers of a release are
// told apart. Before 2.4 they do not say which one they have.
var askedWith = map[string]int16{
	"0.10.1.1": 0, "0.10.2.2": 0, "0.11.0.3": 0, "1.1.1": 0, "2.8.2": 3, "3.9.1": 3, "4.4.0": 3,
}

func TestKafkaNegotiation(t *testing.T) {
	for _, version := range testkafka.MatrixVersions() {
		t.Run(version, func(t *testing.T) {
			k := testkafka.Start(t, testkafka.Config{Version: version})
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			c := dialKafka(t, k.Brokers()[0], protocol.ConnOptions{ClientID: "negotiation"})
			v, err := c.ApiVersions(ctx)
			require.NoError(t, err)
			require.Equal(t, askedWith[version], v.Version)
			require.NotEmpty(t, v.Ranges)

			// The package for programs sees the same at its own version.
			reply, err := c.Exchange(ctx, &apiversions.Request{ClientSoftwareName: "test", ClientSoftwareVersion: "1"})
			require.NoError(t, err)
			require.Len(t, reply.Message.(*apiversions.Response).ApiKeys, len(v.Ranges))
			testKafkaSideBySide(t, c)

			legacy := dialKafka(t, k.Brokers()[0], protocol.ConnOptions{LegacyApiVersions: true})
			v0, err := legacy.ApiVersions(ctx)
			require.NoError(t, err)
			require.Equal(t, int16(0), v0.Version)
			require.ElementsMatch(t, v.Ranges, v0.Ranges)

			if version == testkafka.Newest {
				testKafkaFreeze(t, k)
			}
		})
	}
}

// testKafkaSideBySide has callers on one connection, some of whom leave.
func testKafkaSideBySide(t *testing.T, c *protocol.Conn) {
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 50 {
				ctx, cancel := context.WithCancel(context.Background())
				if (i+j)%5 == 0 {
					time.AfterFunc(time.Duration(j)*20*time.Microsecond, cancel)
				}
				var msg protocol.Message = &metadata.Request{}
				if j%2 == 0 {
					msg = &findcoordinator.Request{Key: fmt.Sprint("group-", i)}
				}
				reply, err := c.Exchange(ctx, msg)
				if err == nil && reply.Message.ApiKey() != msg.ApiKey() {
					t.Errorf("%s is answered by %s", msg.ApiKey(), reply.Message.ApiKey())
				}
				if err != nil && ctx.Err() == nil {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	require.NoError(t, c.Err())
	_, err := c.RoundTrip(&metadata.Request{})
	require.NoError(t, err)
}

// testKafkaFreeze has a broker stop answering while its sockets stay open.
func testKafkaFreeze(t *testing.T, k *testkafka.Cluster) {
	c := dialKafka(t, k.Brokers()[0], protocol.ConnOptions{CallTimeout: time.Second})
	_, err := c.RoundTrip(&metadata.Request{})
	require.NoError(t, err)
	k.Freeze(1)
	defer k.Thaw(1)

	// The last answers may be under way while its threads come to a halt.
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_, err = c.Exchange(ctx, &metadata.Request{})
		return err != nil
	}, 10*time.Second, time.Millisecond)
	var failed *protocol.RequestError
	require.ErrorAs(t, err, &failed)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.True(t, failed.Written)
	require.NoError(t, c.Err())

	_, err = c.Exchange(context.Background(), &metadata.Request{})
	require.ErrorAs(t, err, &failed)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.True(t, failed.Timeout())
	require.Error(t, c.Err())
}
