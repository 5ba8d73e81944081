import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.*;

/** Writes to the folder given what Java's assignors choose (assignments.json), and what members of a group tell each other (consumerprotocol.json). */
public class GoldenGroups {
    static final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    public static void main(String[] args) throws Exception {
        Path dir = Path.of(args[0]);
        write(dir.resolve("assignments.json"), assignments());
        write(dir.resolve("consumerprotocol.json"), protocol());
    }

    static void write(Path file, List<Map<String, Object>> entries) throws Exception {
        List<String> lines = new ArrayList<>();
        for (Map<String, Object> entry : entries)
            lines.add(json.writeValueAsString(entry));
        Files.writeString(file, "[\n" + String.join(",\n", lines) + "\n]\n");
    }

    static List<Map<String, Object>> assignments() {
        List<Map<String, Object>> out = new ArrayList<>();
        for (int[] size : new int[][] {{5, 2}, {6, 3}, {7, 3}, {2, 3}, {10, 4}, {1, 1}, {11, 10}, {0, 2}}) {
            Map<String, List<String>> members = new TreeMap<>();
            for (int m = 0; m < size[1]; m++)
                members.put("C" + m, List.of("orders"));
            out.add(assign(Map.of("orders", size[0]), members));
        }
        Random random = new Random(345);
        for (int i = 0; i < 60; i++) {
            Map<String, Integer> topics = new TreeMap<>();
            for (int t = 1 + random.nextInt(5); t > 0; t--)
                topics.put("topic-" + random.nextInt(12), random.nextInt(10));
            Map<String, List<String>> members = new TreeMap<>();
            boolean same = i % 3 == 0;
            for (int m = 1 + random.nextInt(8); m > 0; m--) {
                List<String> wanted = new ArrayList<>(topics.keySet());
                if (!same)
                    wanted.removeIf(t -> random.nextInt(3) == 0);
                if (random.nextInt(4) == 0)
                    wanted.add("missing");
                Collections.shuffle(wanted, random);
                members.put("consumer-" + Integer.toHexString(random.nextInt(1 << 16)), wanted);
            }
            out.add(assign(topics, members));
        }
        return out;
    }

    static Map<String, Object> assign(Map<String, Integer> topics, Map<String, List<String>> members) {
        Node leader = new Node(1, "broker-1", 9092);
        Node[] replicas = {leader};
        List<PartitionInfo> partitions = new ArrayList<>();
        topics.forEach((topic, n) -> {
            for (int p = 0; p < n; p++)
                partitions.add(new PartitionInfo(topic, p, leader, replicas, replicas));
        });
        Cluster cluster = new Cluster("cluster", List.of(leader), partitions, Set.of(), Set.of());
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("topics", topics);
        entry.put("members", members);
        for (ConsumerPartitionAssignor assignor : List.of(new RangeAssignor(), new RoundRobinAssignor())) {
            Map<String, Subscription> subscriptions = new HashMap<>();
            members.forEach((id, wanted) -> subscriptions.put(id, new Subscription(wanted)));
            Map<String, Object> result = new TreeMap<>();
            assignor.assign(cluster, new GroupSubscription(subscriptions)).groupAssignment()
                .forEach((id, assignment) -> result.put(id, byTopic(assignment.partitions())));
            entry.put(assignor.name(), result);
        }
        return entry;
    }

    static Map<String, List<Integer>> byTopic(List<TopicPartition> partitions) {
        Map<String, List<Integer>> out = new TreeMap<>();
        for (TopicPartition p : partitions)
            out.computeIfAbsent(p.topic(), t -> new ArrayList<>()).add(p.partition());
        return out;
    }

    static List<Map<String, Object>> protocol() {
        List<Map<String, Object>> out = new ArrayList<>();
        List<TopicPartition> owned = List.of(new TopicPartition("orders", 4), new TopicPartition("größe", 0), new TopicPartition("orders", 1));
        List<TopicPartition> assigned = List.of(new TopicPartition("größe", 0), new TopicPartition("orders", 1), new TopicPartition("orders", 4));
        for (short v = 0; v <= 3; v++) {
            out.add(subscription(v, List.of("orders"), null, List.of(), -1, null));
            out.add(subscription(v, List.of("orders", "größe"), "user data", owned, 7, "rack-a"));
            out.add(subscription(v, List.of(), "", owned, 7, null));
            out.add(assignment(v, assigned, null));
            out.add(assignment(v, List.of(), ""));
            out.add(assignment(v, assigned, "user data"));
        }
        return out;
    }

    static Map<String, Object> subscription(short v, List<String> topics, String userData, List<TopicPartition> owned, int generation, String rack) {
        ByteBuffer bytes = ConsumerProtocol.serializeSubscription(
            new Subscription(topics, buffer(userData), owned, generation, Optional.ofNullable(rack)), v);
        Map<String, Object> entry = entry("subscription", v, bytes, userData);
        entry.put("topics", topics);
        entry.put("owned", v >= 1 ? byTopic(owned) : Map.of());
        entry.put("generation", v >= 2 ? generation : -1);
        entry.put("rack", v >= 3 && rack != null ? rack : "");
        return entry;
    }

    static Map<String, Object> assignment(short v, List<TopicPartition> partitions, String userData) {
        Map<String, Object> entry = entry("assignment", v, ConsumerProtocol.serializeAssignment(new Assignment(partitions, buffer(userData)), v), userData);
        entry.put("partitions", byTopic(partitions));
        return entry;
    }

    static Map<String, Object> entry(String kind, short version, ByteBuffer bytes, String userData) {
        byte[] content = new byte[bytes.remaining()];
        bytes.get(content);
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("kind", kind);
        entry.put("version", version);
        entry.put("hex", HexFormat.of().formatHex(content));
        entry.put("userData", userData);
        return entry;
    }

    static ByteBuffer buffer(String s) {
        return s == null ? null : ByteBuffer.wrap(s.getBytes(StandardCharsets.UTF_8));
    }
}
