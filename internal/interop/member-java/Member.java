import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A group member built on Java's own client. It says what package member of the Go programs says, and obeys the same commands. */
public class Member {
    /** The assignors tell when they are asked, which happens on the leader only. */
    public static class TellingRange extends RangeAssignor {
        @Override
        public GroupAssignment assign(Cluster metadata, GroupSubscription group) {
            say("leader " + name() + " " + group.groupSubscription().size());
            return super.assign(metadata, group);
        }
    }

    public static class TellingRoundRobin extends RoundRobinAssignor {
        @Override
        public GroupAssignment assign(Cluster metadata, GroupSubscription group) {
            say("leader " + name() + " " + group.groupSubscription().size());
            return super.assign(metadata, group);
        }
    }

    private static final long MIN_GAP = 100;
    private static final PrintStream out =
        new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.UTF_8);

    private static boolean summary;
    private static long messages, second, last, gap, expect;

    private static synchronized void say(String line) {
        out.print(System.currentTimeMillis() + " " + line + "\n");
        out.flush();
    }

    private static synchronized void got(ConsumerRecord<byte[], byte[]> r) {
        long now = System.currentTimeMillis();
        messages++;
        second++;
        if (messages == expect)
            say("reached " + messages);
        long idle = last == 0 ? 0 : now - last;
        last = now;
        if (idle >= Math.max(MIN_GAP, gap)) {
            gap = idle;
            if (summary)
                say("gap " + gap);
        }
        if (!summary) {
            String key = r.key() == null || r.key().length == 0 ? "-" : new String(r.key(), StandardCharsets.UTF_8);
            say("got " + r.topic() + " " + r.partition() + " " + r.offset() + " " + key);
        }
    }

    private static synchronized void tick() {
        say("second " + second);
        second = 0;
    }

    private static synchronized void stats() {
        System.gc();
        Runtime rt = Runtime.getRuntime();
        say("stats goroutines=" + Thread.activeCount() + " base=0 heap=" + (rt.totalMemory() - rt.freeMemory())
            + " sys=" + rt.totalMemory() + " messages=" + messages);
    }

    private static String names(Collection<TopicPartition> partitions) {
        if (partitions.isEmpty())
            return "-";
        return partitions.stream().map(p -> p.topic() + ":" + p.partition()).sorted().collect(Collectors.joining(","));
    }

    private final Map<String, String> flags = new HashMap<>();
    private final ConcurrentLinkedQueue<String> commands = new ConcurrentLinkedQueue<>();
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final boolean each;
    private final long delay;
    private volatile boolean polling;
    private boolean paused;

    private Member(String[] args) {
        for (int i = 0; i < args.length; i++) {
            String flag = args[i].replaceFirst("^--?", "");
            if (flag.equals("summary"))
                summary = true;
            else
                flags.put(flag, args[++i]);
        }
        each = millis("commit", "0") == 0;
        delay = millis("delay", "0");
        expect = Long.parseLong(flags.getOrDefault("expect", "0"));
        Properties p = new Properties();
        p.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, flags.get("brokers"));
        p.put(ConsumerConfig.CLIENT_ID_CONFIG, flags.getOrDefault("id", "member-java"));
        p.put(ConsumerConfig.GROUP_ID_CONFIG, flags.get("group"));
        p.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
        p.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
            (flags.getOrDefault("protocol", "range").equals("range") ? TellingRange.class : TellingRoundRobin.class).getName());
        p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        p.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, "" + millis("session", "10s"));
        p.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, "" + millis("heartbeat", "300ms"));
        p.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, "" + millis("rebalance", "30s")); // it is the rebalance timeout, too
        p.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, "" + millis("wait", "500ms"));
        p.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "" + !each);
        if (!each)
            p.put(ConsumerConfig.AUTO_COMMIT_INTERVAL_MS_CONFIG, "" + millis("commit", "0"));
        consumer = new KafkaConsumer<>(p, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A duration as Go writes it, of one unit: 300ms, 10s, 5m. */
    private long millis(String flag, String otherwise) {
        String text = flags.getOrDefault(flag, otherwise);
        String number = text.replaceFirst("[a-z]+$", "");
        switch (text.substring(number.length())) {
            case "":
            case "ms":
                return Long.parseLong(number);
            case "s":
                return Math.round(Double.parseDouble(number) * 1000);
            case "m":
                return Math.round(Double.parseDouble(number) * 60_000);
            default:
                throw new IllegalArgumentException("-" + flag + " is " + text + ": it takes ms, s or m");
        }
    }

    /** Reads commands; the end of them means close. */
    private void listen() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line; (line = in.readLine()) != null; ) {
                if (line.equals("stats"))
                    stats();
                else
                    order(line);
            }
        } catch (Exception e) {
            say("error " + e);
        }
        order("close");
    }

    private void order(String command) {
        commands.add(command);
        if (polling)
            consumer.wakeup();
    }

    private class Listener implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            say("assigned " + names(partitions));
            if (paused)
                consumer.pause(partitions);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            say("revoked " + names(partitions));
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            say("lost " + names(partitions));
        }
    }

    /** Does what was commanded. Returns whether to go on. */
    private boolean obey() {
        for (String command; (command = commands.poll()) != null; ) {
            switch (command) {
                case "pause":
                    paused = true;
                    consumer.pause(consumer.assignment());
                    break;
                case "resume":
                    paused = false;
                    consumer.resume(consumer.assignment());
                    break;
                case "close":
                    return false;
                default:
                    say("error unknown command " + command);
            }
        }
        return true;
    }

    private Iterable<ConsumerRecord<byte[], byte[]>> take() {
        polling = true;
        try {
            return commands.isEmpty() ? consumer.poll(Duration.ofMillis(500)) : List.of();
        } catch (WakeupException e) {
            return List.of();
        } finally {
            polling = false;
        }
    }

    private void handle(ConsumerRecord<byte[], byte[]> r) throws InterruptedException {
        got(r);
        if (delay > 0)
            Thread.sleep(delay);
        if (!each)
            return;
        Map<TopicPartition, OffsetAndMetadata> offset =
            Map.of(new TopicPartition(r.topic(), r.partition()), new OffsetAndMetadata(r.offset() + 1));
        for (int tries = 1; ; tries++) {
            try {
                consumer.commitSync(offset);
                break;
            } catch (WakeupException e) { // of a command that came between the poll and now
                if (tries == 3)
                    throw e;
            } catch (RuntimeException e) {
                say("error commit " + r.topic() + " " + r.partition() + " " + (r.offset() + 1) + ": " + e);
                return;
            }
        }
        if (!summary)
            say("committed " + r.topic() + " " + r.partition() + " " + (r.offset() + 1));
    }

    private void run() throws InterruptedException {
        start("commands", this::listen);
        if (summary)
            start("seconds", Member::ticks);
        consumer.subscribe(List.of(flags.get("topics").split(",")), new Listener());
        while (obey()) {
            for (ConsumerRecord<byte[], byte[]> r : take())
                handle(r);
        }
        try {
            consumer.close();
        } catch (WakeupException e) { // of a second command
            consumer.close();
        }
        synchronized (Member.class) {
            say("closed " + messages + " " + gap);
        }
    }

    private static void ticks() {
        try {
            while (true) {
                Thread.sleep(1000);
                tick();
            }
        } catch (InterruptedException e) {
            // the end
        }
    }

    private static void start(String name, Runnable what) {
        Thread t = new Thread(what, name);
        t.setDaemon(true);
        t.start();
    }

    /** The version in the name of the jar. */
    private static String version() {
        String jar = KafkaConsumer.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        return jar.replaceFirst(".*/kafka-clients-", "").replaceFirst("\\.jar$", "");
    }

    public static void main(String[] args) throws InterruptedException {
        Member m = new Member(args);
        say("hello kafka-clients " + version());
        m.run();
    }
}
