import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Writes record batches (magic 2) by Kafka's own builder to the folder given, and batches.json, which says what Kafka's own
 * reader finds in each file. README.md describes the manifest.
 */
public class GoldenBatches {
    static final long T = 1_700_000_000_000L; // a time, ms
    static final long BASE = 1000;            // a base offset
    static final long APPEND_TIME = T + 123_456;
    static final long PRODUCER = 4711;
    static final short EPOCH = 3;
    static final int LEADER_EPOCH = 7;
    static final int LONG = 1024; // longer values stand in the manifest by their sum

    static final List<String> manifest = new ArrayList<>();
    static Path dir;

    interface Fill { void in(MemoryRecordsBuilder b); }

    /** What a batch is, beside its records. */
    record Kind(byte magic, TimestampType time, long producer, short epoch, int sequence, boolean transactional, long deleteHorizon) {
        static final Kind PLAIN = new Kind(RecordBatch.MAGIC_VALUE_V2, TimestampType.CREATE_TIME, -1, (short) -1, -1, false, -1);

        Kind by(long producer, int sequence, boolean transactional) {
            return new Kind(magic, time, producer, EPOCH, sequence, transactional, deleteHorizon);
        }
        Kind appended() {
            return new Kind(magic, TimestampType.LOG_APPEND_TIME, producer, epoch, sequence, transactional, deleteHorizon);
        }
        Kind deletedAt(long ms) {
            return new Kind(magic, time, producer, epoch, sequence, transactional, ms);
        }
        Kind old(byte magic) {
            return new Kind(magic, magic == 0 ? TimestampType.NO_TIMESTAMP_TYPE : time, producer, epoch, sequence, transactional, deleteHorizon);
        }
    }

    public static void main(String[] args) throws Exception {
        dir = Path.of(args[0]);
        for (CompressionType type : CompressionType.values()) {
            Compression c = Compression.of(type).build();
            String codec = type.name;
            write(codec + "-plain", build(BASE, c, Kind.PLAIN, GoldenBatches::plain));
            write(codec + "-headers", build(BASE, c, Kind.PLAIN, GoldenBatches::headers));
            write(codec + "-null-empty", build(BASE, c, Kind.PLAIN, GoldenBatches::nullAndEmpty));
            write(codec + "-times", build(BASE, c, Kind.PLAIN, GoldenBatches::times));
            write(codec + "-gaps", build(BASE, c, Kind.PLAIN, GoldenBatches::gaps));
            write(codec + "-large", build(BASE, c, Kind.PLAIN, GoldenBatches::large));
            write(codec + "-many", build(BASE, c, Kind.PLAIN, GoldenBatches::many));
            write(codec + "-idempotent", build(BASE, c, Kind.PLAIN.by(PRODUCER, 10, false), GoldenBatches::plain));
            write(codec + "-sequence-wraps", build(BASE, c, Kind.PLAIN.by(PRODUCER, Integer.MAX_VALUE - 1, false), GoldenBatches::plain));
            write(codec + "-transactional", build(BASE, c, Kind.PLAIN.by(PRODUCER, 0, true), GoldenBatches::plain));
            write(codec + "-log-append-time", build(BASE, c, Kind.PLAIN.appended(), GoldenBatches::times));
            write(codec + "-delete-horizon", build(BASE, c, Kind.PLAIN.by(PRODUCER, 0, true).deletedAt(T + 86_400_000), GoldenBatches::times));
        }
        write("control-commit", marker(BASE, PRODUCER, ControlRecordType.COMMIT));
        write("control-abort", marker(BASE, PRODUCER, ControlRecordType.ABORT));
        write("control-leader-change", leaderChange());
        write("empty", empty(BASE, BASE + 9, -1, false, false));
        write("empty-transactional", empty(BASE, BASE + 9, PRODUCER, true, false));
        write("empty-control", empty(BASE, BASE, PRODUCER, true, true));
        write("empty-then-data", concat(empty(BASE, BASE + 9, -1, false, false),
            build(BASE + 10, Compression.NONE, Kind.PLAIN, GoldenBatches::plain)));
        write("transactions", transactions());
        write("mixed-magics", mixedMagics());
        Files.writeString(dir.resolve("batches.json"), "[\n" + String.join(",\n", manifest) + "\n]\n");
    }

    // What the batches hold.

    static void plain(MemoryRecordsBuilder b) {
        for (int i = 0; i < 3; i++)
            b.append(T + i, utf8("key-" + i), utf8("value-" + i));
    }

    static void headers(MemoryRecordsBuilder b) {
        b.append(T, utf8("k"), utf8("v"), new Header[] {
            new RecordHeader("first", utf8("1")), new RecordHeader("null", (byte[]) null), new RecordHeader("empty", new byte[0]),
            new RecordHeader("first", utf8("again")), new RecordHeader("", utf8("no name")), new RecordHeader("größe-日本", utf8("ü"))});
        b.append(T + 1, utf8("k"), utf8("v"), new Header[0]);
        b.append(T + 2, (byte[]) null, null, new Header[] {new RecordHeader("long", text(300))});
    }

    static void nullAndEmpty(MemoryRecordsBuilder b) {
        byte[][] all = {null, new byte[0], utf8("x")};
        for (byte[] key : all)
            for (byte[] value : all)
                b.append(T, key, value);
    }

    static void times(MemoryRecordsBuilder b) {
        long[] ms = {T, T - 86_400_000, T + 90L * 86_400_000, 0, T + 1};
        for (int i = 0; i < ms.length; i++)
            b.append(ms[i], utf8("key-" + i), utf8("value-" + i));
    }

    static void gaps(MemoryRecordsBuilder b) {
        for (long delta : new long[] {2, 3, 100, 70_000})
            b.appendWithOffset(BASE + delta, T + delta, utf8("key-" + delta), utf8("value-" + delta));
        b.overrideLastOffset(BASE + 70_005); // the tail was compacted away
    }

    static void large(MemoryRecordsBuilder b) {
        b.append(T, utf8("text"), text(100_000));
        b.append(T + 1, utf8("noise"), noise(40_000));
    }

    static void many(MemoryRecordsBuilder b) {
        for (int i = 0; i < 200; i++)
            b.append(T + i, utf8("key-" + i % 10), utf8("the value of record number " + i));
    }

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

    // How they are built.

    static ByteBuffer build(long base, Compression c, Kind k, Fill fill) {
        MemoryRecordsBuilder b = new MemoryRecordsBuilder(new ByteBufferOutputStream(256), k.magic, c, k.time, base, APPEND_TIME,
            k.producer, k.epoch, k.sequence, k.transactional, false, k.magic < 2 ? -1 : LEADER_EPOCH, 1 << 20, k.deleteHorizon);
        fill.in(b);
        return b.build().buffer();
    }

    static ByteBuffer marker(long offset, long producer, ControlRecordType type) {
        return MemoryRecords.withEndTransactionMarker(offset, T + 5, LEADER_EPOCH, producer, EPOCH, new EndTransactionMarker(type, 21)).buffer();
    }

    static ByteBuffer leaderChange() {
        LeaderChangeMessage m = new LeaderChangeMessage().setLeaderId(1);
        return MemoryRecords.withLeaderChangeMessage(BASE, T, LEADER_EPOCH, ByteBuffer.allocate(256), m).buffer();
    }

    /** A batch whose records compaction has all removed. */
    static ByteBuffer empty(long base, long last, long producer, boolean transactional, boolean control) {
        ByteBuffer b = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        DefaultRecordBatch.writeEmptyHeader(b, RecordBatch.MAGIC_VALUE_V2, producer, producer < 0 ? -1 : EPOCH, producer < 0 ? -1 : 0,
            base, last, LEADER_EPOCH, TimestampType.CREATE_TIME, T, transactional, control);
        b.flip();
        return b;
    }

    /** Two producers' transactions interleaved, one committed and one aborted, with plain records between. */
    static ByteBuffer transactions() {
        Kind good = Kind.PLAIN.by(PRODUCER, 0, true), bad = Kind.PLAIN.by(PRODUCER + 1, 0, true);
        return concat(
            build(0, Compression.NONE, good, GoldenBatches::plain),
            build(3, Compression.NONE, bad, GoldenBatches::plain),
            build(6, Compression.NONE, Kind.PLAIN, GoldenBatches::plain),
            marker(9, PRODUCER + 1, ControlRecordType.ABORT),
            build(10, Compression.lz4().build(), good.by(PRODUCER, 3, true), GoldenBatches::plain),
            marker(13, PRODUCER, ControlRecordType.COMMIT),
            build(14, Compression.NONE, bad.by(PRODUCER + 1, 3, true), GoldenBatches::plain),
            marker(17, PRODUCER + 1, ControlRecordType.COMMIT));
    }

    /** A log that lived through upgrades from 0.9. */
    static ByteBuffer mixedMagics() {
        Compression gzip = Compression.gzip().build();
        return concat(
            build(0, Compression.NONE, Kind.PLAIN.old((byte) 0), b -> { for (int i = 0; i < 2; i++) b.append(RecordBatch.NO_TIMESTAMP, utf8("k" + i), utf8("v0")); }),
            build(2, gzip, Kind.PLAIN.old((byte) 0), b -> { for (int i = 0; i < 2; i++) b.append(RecordBatch.NO_TIMESTAMP, utf8("k" + i), utf8("v0z")); }),
            build(4, Compression.NONE, Kind.PLAIN.old((byte) 1), GoldenBatches::plain),
            build(7, gzip, Kind.PLAIN.old((byte) 1), GoldenBatches::plain),
            build(10, gzip, Kind.PLAIN, GoldenBatches::headers));
    }

    static ByteBuffer concat(ByteBuffer... parts) {
        int n = 0;
        for (ByteBuffer p : parts)
            n += p.remaining();
        ByteBuffer all = ByteBuffer.allocate(n);
        for (ByteBuffer p : parts)
            all.put(p.duplicate());
        all.flip();
        return all;
    }

    // What is written about them.

    static void write(String name, ByteBuffer bytes) throws Exception {
        String file = "batch-" + name + ".bin";
        byte[] raw = new byte[bytes.remaining()];
        bytes.duplicate().get(raw);
        Files.write(dir.resolve(file), raw);
        List<String> batches = new ArrayList<>(), records = new ArrayList<>();
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(raw)).batches()) {
            batch.ensureValid();
            batches.add("   " + describe(batch));
            for (Record r : batch)
                records.add("   " + describe(batch, r));
        }
        manifest.add(String.format(" {\"file\":\"%s\",\n  \"batches\":[\n%s\n  ],\n  \"records\":[\n%s\n  ]}", file,
            String.join(",\n", batches), String.join(",\n", records)));
    }

    static String describe(MutableRecordBatch b) {
        String common = String.format("{\"magic\":%d,\"size\":%d,\"crc\":%d,\"codec\":\"%s\",\"timestampType\":\"%s\",\"baseOffset\":%d,\"lastOffset\":%d",
            b.magic(), b.sizeInBytes(), b.checksum(), b.compressionType().name, b.timestampType().name, b.baseOffset(), b.lastOffset());
        if (!(b instanceof DefaultRecordBatch d))
            return common + String.format(",\"maxTimestamp\":%d}", b.maxTimestamp());
        ByteBuffer raw = ByteBuffer.allocate(b.sizeInBytes());
        b.writeTo(raw);
        String horizon = b.deleteHorizonMs().isPresent() ? Long.toString(b.deleteHorizonMs().getAsLong()) : "null";
        return common + String.format(",\"attributes\":%d,\"leaderEpoch\":%d,\"baseTimestamp\":%d,\"maxTimestamp\":%d,\"producerId\":%d"
            + ",\"producerEpoch\":%d,\"baseSequence\":%d,\"lastSequence\":%d,\"transactional\":%b,\"control\":%b,\"deleteHorizon\":%s,\"count\":%d}",
            raw.getShort(21), b.partitionLeaderEpoch(), raw.getLong(27), b.maxTimestamp(), b.producerId(), b.producerEpoch(),
            b.baseSequence(), b.lastSequence(), b.isTransactional(), b.isControlBatch(), horizon, b.countOrNull());
    }

    static String describe(RecordBatch batch, Record r) throws Exception {
        StringBuilder s = new StringBuilder(String.format("{\"offset\":%d,\"timestamp\":%d,%s,%s", r.offset(), r.timestamp(),
            bytes("key", r.key()), bytes("value", r.value())));
        if (batch.magic() >= 2 && batch.hasProducerId())
            s.append(",\"sequence\":").append(r.sequence());
        if (batch.isControlBatch())
            s.append(",\"control\":\"").append(ControlRecordType.parse(r.key())).append('"');
        List<String> headers = new ArrayList<>();
        for (Header h : r.headers())
            headers.add(String.format("{\"key\":\"%s\",%s}", h.key(), bytes("value", h.value() == null ? null : ByteBuffer.wrap(h.value()))));
        if (!headers.isEmpty())
            s.append(",\"headers\":[").append(String.join(",", headers)).append(']');
        return s.append('}').toString();
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
