import java.lang.instrument.Instrumentation;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.server.telemetry.ClientTelemetry;
import org.apache.kafka.server.telemetry.ClientTelemetryReceiver;

/** A reporter that takes the metrics of clients: with one, brokers have the telemetry APIs (KIP-714). As an agent it only gets onto the class path. */
@SuppressWarnings("removal")
public class TelemetryReporter implements MetricsReporter, ClientTelemetry {
    public static void premain(String args, Instrumentation instrumentation) { }

    @Override
    public ClientTelemetryReceiver clientReceiver() {
        return (context, payload) -> System.out.println("telemetry of " + payload.clientInstanceId() + ": " + payload.data().remaining()
            + " bytes as " + payload.contentType() + ", terminating " + payload.isTerminating());
    }

    @Override
    public void init(List<KafkaMetric> metrics) { }

    @Override
    public void metricChange(KafkaMetric metric) { }

    @Override
    public void metricRemoval(KafkaMetric metric) { }

    @Override
    public void configure(Map<String, ?> configs) { }

    @Override
    public void close() { }
}
