#!/bin/sh
# Writes testdata/golden anew with Kafka's own code. Needs a JDK (17 or newer) and Maven.
set -eu
cd "$(dirname "$0")/.."
root=$PWD

# jars VERSION SCALA prints the class path of a Kafka version, fetching it first if it is not there.
jars() {
	dir=$root/.cache/jars/$1
	if [ ! -d "$dir" ]; then
		mvn -q -B -f testdata/kafka/pom.xml dependency:copy-dependencies \
			-Dkafka.version="$1" -Dkafka.scala="$2" -DoutputDirectory="$dir.new" >&2
		mv "$dir.new" "$dir"
	fi
	echo "$dir/*"
}

new=$(jars 4.4.0 2.13)
old=$(jars 0.10.2.2 2.11)
log=-Dlog4j.configuration=file:$root/testdata/golden/log4j.properties
out=$root/testdata/golden
rm -f "$out"/*.bin
java "$log" -cp "$new" "$out/DumpTables.java" "$out"
java "$log" -cp "$new" "$out/GoldenBatches.java" "$out"
java "$log" -cp "$new" "$out/GoldenFrames.java" "$out"
java "$log" -cp "$new" "$out/GoldenGroups.java" "$out"
java "$log" --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED \
	-cp "$old" "$out/GoldenMessageSets.java" "$out"
git -C "$root" status --short -- testdata/golden
