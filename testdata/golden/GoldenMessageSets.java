import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.LogEntry;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.TimestampType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Writes message sets (magic 0 and 1) by the builder of Kafka 0.10.2 to the folder given, and messagesets.json, which says what
 * the reader of 0.10.2 finds in each file. README.md describes the manifest.
 */
public class GoldenMessageSets {
    static final long T = 1_700_000_000_000L;
    static final long BASE = 1000;
    static final long APPEND_TIME = T + 123_456;
    static final int LONG = 1024;

    static final List<String> manifest = new ArrayList<>();
    static Path dir;

    interface Fill { void in(MemoryRecordsBuilder b, byte magic); }

    public static void main(String[] args) throws Exception {
        dir = Path.of(args[0]);
        for (byte magic = 0; magic <= 1; magic++)
            for (CompressionType codec : CompressionType.values()) {
                TimestampType time = magic == 0 ? TimestampType.NO_TIMESTAMP_TYPE : TimestampType.CREATE_TIME;
                String name = "set" + magic + "-" + codec.name + "-";
                write(name + "plain", build(magic, codec, time, GoldenMessageSets::plain));
                write(name + "null-empty", build(magic, codec, time, GoldenMessageSets::nullAndEmpty));
                write(name + "gaps", build(magic, codec, time, GoldenMessageSets::gaps));
                write(name + "large", build(magic, codec, time, GoldenMessageSets::large));
                if (magic == 1)
                    write(name + "log-append-time", build(magic, codec, TimestampType.LOG_APPEND_TIME, GoldenMessageSets::plain));
            }
        Files.writeString(dir.resolve("messagesets.json"), "[\n" + String.join(",\n", manifest) + "\n]\n");
    }

    static void plain(MemoryRecordsBuilder b, byte magic) {
        for (int i = 0; i < 3; i++)
            b.append(time(magic, i), utf8("key-" + i), utf8("value-" + i));
    }

    static void nullAndEmpty(MemoryRecordsBuilder b, byte magic) {
        byte[][] all = {null, new byte[0], utf8("x")};
        for (byte[] key : all)
            for (byte[] value : all)
                b.append(time(magic, 0), key, value);
    }

    static void gaps(MemoryRecordsBuilder b, byte magic) {
        for (long delta : new long[] {2, 3, 100})
            b.appendWithOffset(BASE + delta, time(magic, delta), utf8("key-" + delta), utf8("value-" + delta));
    }

    static void large(MemoryRecordsBuilder b, byte magic) {
        b.append(time(magic, 0), utf8("text"), text(100_000));
        b.append(time(magic, 1), utf8("noise"), noise(40_000));
    }

    static long time(byte magic, long delta) { return magic == 0 ? Record.NO_TIMESTAMP : T + delta; }

    static byte[] text(int n) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; s.length() < n; i++)
            s.append("line ").append(i % 97).append(" of the text\n");
        return utf8(s.substring(0, n));
    }

    static byte[] noise(int n) {
        byte[] b = new byte[n];
        int x = 12345;
        for (int i = 0; i < n; i++) {
            x = x * 1664525 + 1013904223;
            b[i] = (byte) (x >>> 24);
        }
        return b;
    }

    static byte[] utf8(String s) { return s.getBytes(StandardCharsets.UTF_8); }

    static ByteBuffer build(byte magic, CompressionType codec, TimestampType time, Fill fill) {
        MemoryRecordsBuilder b = MemoryRecords.builder(ByteBuffer.allocate(1 << 20), magic, codec, time, BASE, APPEND_TIME);
        fill.in(b, magic);
        return b.build().buffer();
    }

    static void write(String name, ByteBuffer bytes) throws Exception {
        String file = name + ".bin";
        byte[] raw = new byte[bytes.remaining()];
        bytes.duplicate().get(raw);
        Files.write(dir.resolve(file), raw);
        MemoryRecords all = MemoryRecords.readableRecords(ByteBuffer.wrap(raw));
        List<String> outer = new ArrayList<>(), records = new ArrayList<>();
        Iterable<? extends LogEntry> shallow = all.shallowEntries();
        for (LogEntry e : shallow) {
            Record r = e.record();
            r.ensureValid();
            outer.add(String.format("   {\"magic\":%d,\"size\":%d,\"crc\":%d,\"codec\":\"%s\",\"timestampType\":\"%s\",\"baseOffset\":%d,\"lastOffset\":%d"
                + ",\"attributes\":%d,\"maxTimestamp\":%d}", e.magic(), e.sizeInBytes(), r.checksum(), r.compressionType().name, r.timestampType(),
                e.firstOffset(), e.offset(), r.attributes(), r.timestamp()));
        }
        for (LogEntry e : all.deepEntries())
            records.add(String.format("   {\"offset\":%d,\"timestamp\":%d,%s,%s}", e.offset(), e.record().timestamp(),
                bytes("key", e.record().key()), bytes("value", e.record().value())));
        manifest.add(String.format(" {\"file\":\"%s\",\n  \"batches\":[\n%s\n  ],\n  \"records\":[\n%s\n  ]}", file,
            String.join(",\n", outer), String.join(",\n", records)));
    }

    /** Hexadecimal, null, or for long values length and SHA-256. */
    static String bytes(String name, ByteBuffer b) throws Exception {
        if (b == null)
            return "\"" + name + "\":null";
        byte[] raw = new byte[b.remaining()];
        b.duplicate().get(raw);
        HexFormat hex = HexFormat.of();
        if (raw.length <= LONG)
            return String.format("\"%s\":\"%s\"", name, hex.formatHex(raw));
        return String.format("\"%sLength\":%d,\"%sSHA256\":\"%s\"", name, raw.length, name, hex.formatHex(MessageDigest.getInstance("SHA-256").digest(raw)));
    }
}
