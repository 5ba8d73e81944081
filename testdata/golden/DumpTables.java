import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Collectors;

/** Writes Kafka's error table and API keys to errors.json and apikeys.json in the folder given. */
public class DumpTables {
    public static void main(String[] args) throws IOException {
        Path dir = Path.of(args[0]);
        write(dir.resolve("errors.json"), Arrays.stream(Errors.values())
            .sorted(Comparator.comparing(Errors::code)).map(DumpTables::error).collect(Collectors.joining(",\n")));
        write(dir.resolve("apikeys.json"), Arrays.stream(ApiKeys.values())
            .sorted(Comparator.comparing(k -> k.id)).map(DumpTables::api).collect(Collectors.joining(",\n")));
    }

    private static String error(Errors e) {
        boolean retriable = e.exception() instanceof RetriableException;
        return String.format("{\"code\":%d,\"name\":%s,\"retriable\":%b,\"message\":%s}",
            e.code(), quote(e.name()), retriable, e == Errors.NONE ? "\"\"" : quote(e.message()));
    }

    private static String api(ApiKeys k) {
        boolean valid = k.hasValidVersion();
        return String.format("{\"id\":%d,\"name\":%s,\"constant\":%s,\"min\":%d,\"max\":%d,\"stableMax\":%d,\"client\":%b}",
            k.id, quote(k.name), quote(k.name()), valid ? k.oldestVersion() : -1, valid ? k.latestVersion() : -1,
            valid ? k.latestVersion(false) : -1, ApiKeys.clientApis().contains(k));
    }

    private static void write(Path file, String lines) throws IOException {
        Files.writeString(file, "[\n" + lines + "\n]\n");
    }

    private static String quote(String s) {
        return '"' + s.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
