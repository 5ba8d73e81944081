import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;

import com.github.luben.zstd.Zstd;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG.Bits;
import net.jpountz.xxhash.XXHashFactory;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.xerial.snappy.Snappy;

/**
 * Writes what the Java client and the Java libraries make of a few payloads,
 * or reads what others made of them. The payloads are computed, here and in
 * golden_test.go alike, and so are not in the files' folder.
 *
 *   Golden write DIR   DIR/NAME.PAYLOAD for each maker NAME below
 *   Golden read DIR    reads each file CODEC[-mMAGIC]-ANYTHING.PAYLOAD in DIR
 */
public class Golden {
    static final String[] PAYLOADS = {"empty", "small", "text", "random", "zeros"};

    static byte[] payload(String name) {
        switch (name) {
            case "empty": return new byte[0];
            case "small": return "hello kafka".getBytes();
            case "zeros": return new byte[300_000];
            case "random": {
                byte[] b = new byte[5_000];
                long x = 1;
                for (int i = 0; i < b.length; i++) {
                    x = next(x);
                    b[i] = (byte) (x >>> 56);
                }
                return b;
            }
            case "text": {
                StringBuilder s = new StringBuilder();
                long x = 7;
                while (s.length() < 150_000) {
                    x = next(x);
                    s.append("{\"user\":").append((x >>> 33) % 5000).append(",\"event\":\"page_view\",\"url\":\"/products/")
                        .append((x >>> 20) % 100_000).append("\"}\n");
                }
                return s.toString().getBytes();
            }
        }
        throw new IllegalArgumentException(name);
    }

    static long next(long x) { return x * 6364136223846793005L + 1442695040888963407L; }

    interface Maker { byte[] make(byte[] p) throws IOException; }

    static Maker client(Compression c, int magic) {
        return p -> {
            ByteBufferOutputStream out = new ByteBufferOutputStream(512);
            try (OutputStream w = c.wrapForOutput(out, (byte) magic)) {
                w.write(p);
            }
            ByteBuffer b = out.buffer();
            b.flip();
            byte[] all = new byte[b.remaining()];
            b.get(all);
            return all;
        };
    }

    static Maker lz4(BLOCKSIZE size, long known, Bits... bits) {
        return p -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (OutputStream w = new LZ4FrameOutputStream(out, size, known < 0 ? -1L : p.length,
                    LZ4Factory.safeInstance().highCompressor(9), XXHashFactory.safeInstance().hash32(), bits)) {
                w.write(p);
            }
            return out.toByteArray();
        };
    }

    static Maker twice(Maker m) {
        return p -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(m.make(Arrays.copyOfRange(p, 0, p.length / 2)));
            out.write(m.make(Arrays.copyOfRange(p, p.length / 2, p.length)));
            return out.toByteArray();
        };
    }

    static void write(Path dir) throws IOException {
        Object[][] makers = {
            {"gzip", client(Compression.gzip().build(), 2)},
            {"gzip-level1", client(Compression.gzip().level(1).build(), 2)},
            {"snappy", client(Compression.snappy().build(), 2)},
            {"snappy-twice", twice(client(Compression.snappy().build(), 2))},
            {"snappy-plain", (Maker) Snappy::compress},
            {"lz4", client(Compression.lz4().build(), 2)},
            {"lz4-level17", client(Compression.lz4().level(17).build(), 2)},
            {"lz4-m0", client(Compression.lz4().build(), 0)},
            {"lz4-m1", client(Compression.lz4().build(), 1)},
            {"lz4-sums", lz4(BLOCKSIZE.SIZE_64KB, 1, Bits.BLOCK_INDEPENDENCE, Bits.BLOCK_CHECKSUM, Bits.CONTENT_CHECKSUM, Bits.CONTENT_SIZE)},
            {"lz4-large", lz4(BLOCKSIZE.SIZE_4MB, -1, Bits.BLOCK_INDEPENDENCE, Bits.CONTENT_CHECKSUM)},
            {"zstd", client(Compression.zstd().build(), 2)},
            {"zstd-level1", client(Compression.zstd().level(1).build(), 2)},
            {"zstd-level22", client(Compression.zstd().level(22).build(), 2)},
            {"zstd-sized", (Maker) p -> Zstd.compress(p, 3)},
        };
        Files.createDirectories(dir);
        for (Object[] m : makers) {
            for (String payload : PAYLOADS) {
                Files.write(dir.resolve(m[0] + "." + payload), ((Maker) m[1]).make(payload(payload)));
            }
        }
    }

    static void read(Path dir) throws IOException {
        int n = 0, bad = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(dir)) {
            for (Path f : files) {
                String name = f.getFileName().toString();
                String maker = name.substring(0, name.indexOf('.'));
                byte magic = (byte) (maker.contains("-m0") ? 0 : maker.contains("-m1") ? 1 : 2);
                String codec = maker.split("-")[0];
                n++;
                try (InputStream in = Compression.of(CompressionType.forName(codec)).build()
                        .wrapForInput(ByteBuffer.wrap(Files.readAllBytes(f)), magic, BufferSupplier.NO_CACHING)) {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    byte[] b = new byte[1000];
                    for (int m; (m = in.read(b, 0, b.length)) > 0; ) out.write(b, 0, m);
                    if (!Arrays.equals(out.toByteArray(), payload(name.substring(name.indexOf('.') + 1)))) {
                        throw new IOException("other bytes");
                    }
                } catch (Exception | Error e) {
                    bad++;
                    System.out.println(name + ": " + e);
                }
            }
        }
        System.out.println(n + " files read, " + bad + " bad");
        if (bad > 0) System.exit(1);
    }

    public static void main(String[] args) throws IOException {
        Path dir = Paths.get(args[1]);
        if (args[0].equals("write")) write(dir); else read(dir);
    }
}
