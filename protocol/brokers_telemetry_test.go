package protocol_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/gettelemetrysubscriptions"
	"github.com/segmentio/kafka-go/protocol/incrementalalterconfigs"
	"github.com/segmentio/kafka-go/protocol/pushtelemetry"
	"github.com/stretchr/testify/require"
)

// TestTelemetryAgainstABroker exchanges the messages of telemetry with a broker that
// has a reporter for them: without one brokers do not have the APIs.
func TestTelemetryAgainstABroker(t *testing.T) {
	if os.Getenv("KAFKA_BROKERS") != "" {
		t.Skip("a broker that takes telemetry has to be started by the test")
	}
	jars, err := testkafka.Jars(testkafka.Newest)
	if err != nil && os.Getenv("KAFKA_REQUIRED") == "" {
		t.Skip(err)
	}
	require.NoError(t, err)
	cluster := testkafka.Start(t, testkafka.Config{
		JVM:        []string{"-javaagent:" + telemetryReporter(t, jars)},
		Properties: map[string]string{"metric.reporters": "TelemetryReporter"},
	})
	s := newSession(t, cluster.Brokers()[0])
	s.subscribe("kafka-go.")

	var told *gettelemetrysubscriptions.Response
	s.eventually(func() int16 {
		told = s.at(&gettelemetrysubscriptions.Request{}, 0).(*gettelemetrysubscriptions.Response)
		if told.ErrorCode == 0 && len(told.RequestedMetrics) == 0 {
			return 15 // the broker does not know of the subscription yet
		}
		return told.ErrorCode
	})
	require.False(t, told.ClientInstanceID.IsZero())
	require.Equal(t, []string{"kafka-go."}, told.RequestedMetrics)
	require.EqualValues(t, 100, told.PushIntervalMs)
	require.Positive(t, told.TelemetryMaxBytes)
	require.NotEmpty(t, told.AcceptedCompressionTypes)

	push := &pushtelemetry.Request{
		ClientInstanceID: told.ClientInstanceID, SubscriptionID: told.SubscriptionID, Terminating: true, Metrics: []byte{0x0a, 0x00},
	}
	require.Zero(t, s.at(push, 0).(*pushtelemetry.Response).ErrorCode)

	const unknownSubscription = 117
	stranger := &pushtelemetry.Request{ClientInstanceID: protocol.UUID{9}, SubscriptionID: told.SubscriptionID + 1}
	require.EqualValues(t, unknownSubscription, s.at(stranger, 0).(*pushtelemetry.Response).ErrorCode)
}

// subscribe has brokers ask clients for metrics with a prefix.
func (s *session) subscribe(prefix string) {
	const clientMetrics = 16
	res := s.near(&incrementalalterconfigs.Request{Resources: []incrementalalterconfigs.RequestResource{
		{ResourceType: clientMetrics, ResourceName: "subscription", Configs: []incrementalalterconfigs.RequestConfig{
			{Name: "metrics", Value: prefix}, {Name: "interval.ms", Value: "100"},
		}},
	}}, 1).(*incrementalalterconfigs.Response)
	require.Zero(s, res.Responses[0].ErrorCode, res.Responses[0].ErrorMessage)
}

// telemetryReporter compiles a reporter of the broker, and makes an agent of it: that
// is how it gets onto the class path.
func telemetryReporter(t *testing.T, jars string) string {
	for _, tool := range []string{"javac", "jar"} {
		_, err := exec.LookPath(tool)
		if err != nil && os.Getenv("KAFKA_REQUIRED") == "" {
			t.Skipf("%s, which a JDK has, is not on the PATH", tool)
		}
		require.NoError(t, err)
	}
	dir := t.TempDir()
	agent, manifest := filepath.Join(dir, "agent.jar"), filepath.Join(dir, "manifest")
	require.NoError(t, os.WriteFile(manifest, []byte("Premain-Class: TelemetryReporter\n"), 0o644))
	run := func(name string, args ...string) {
		out, err := exec.Command(name, args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	run("javac", "-cp", filepath.Join(jars, "*"), "-d", filepath.Join(dir, "classes"), "../testdata/kafka/telemetry/TelemetryReporter.java")
	run("jar", "cfm", agent, manifest, "-C", filepath.Join(dir, "classes"), ".")
	return agent
}
