package testkafka

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// controllerID is the node id of the KRaft controller that stands beside several
// brokers.
const controllerID = 1000

const log4jProperties = `log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{HH:mm:ss,SSS} %p %m (%c{1})%n
`

// java returns the command that runs a class of the cluster's jars.
func (c *Cluster) java(heap, class string, args ...string) []string {
	cmd := []string{
		"java", "-Xmx" + heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Djava.awt.headless=true", "-Djava.io.tmpdir=" + c.Dir, "-XX:-UsePerfData", // a killed JVM leaves nothing elsewhere
		"-Dlog4j.configuration=file:" + filepath.Join(c.Dir, "log4j.properties"),
		"-Dzookeeper.jmx.log4j.disable=true", "-Dzookeeper.admin.enableServer=false", "-Dzookeeper.sasl.client=false",
		"--add-opens=java.base/java.nio=ALL-UNNAMED",
		"--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
		"--add-opens=java.base/java.lang=ALL-UNNAMED",
	}
	if c.cfg.Users != nil {
		cmd = append(cmd, "-Djava.security.auth.login.config="+filepath.Join(c.Dir, "jaas.conf"))
	}
	cmd = append(cmd, c.cfg.JVM...)
	cmd = append(cmd, "-cp", filepath.Join(c.jars, "*"), class)
	return append(cmd, args...)
}

// writeCommon writes the files that all processes share.
func (c *Cluster) writeCommon() error {
	if err := os.WriteFile(filepath.Join(c.Dir, "log4j.properties"), []byte(log4jProperties), 0o644); err != nil {
		return err
	}
	if c.cfg.Users == nil {
		return nil
	}
	return os.WriteFile(filepath.Join(c.Dir, "jaas.conf"), []byte(c.jaas()), 0o600)
}

// jaas is the login configuration of the brokers.
func (c *Cluster) jaas() string {
	var b strings.Builder
	b.WriteString("KafkaServer {\n  org.apache.kafka.common.security.plain.PlainLoginModule required")
	for _, name := range slices.Sorted(maps.Keys(c.cfg.Users)) {
		fmt.Fprintf(&b, "\n    user_%s=%q", name, c.cfg.Users[name])
	}
	b.WriteString(";\n")
	if c.ver.scram() {
		b.WriteString("  org.apache.kafka.common.security.scram.ScramLoginModule required;\n")
	}
	b.WriteString("};\n")
	return b.String()
}

// defaults are the properties of every broker and controller: as quick and small
// as the version allows.
func (c *Cluster) defaults() map[string]string {
	replicas := strconv.Itoa(min(c.cfg.Nodes, 3))
	p := map[string]string{
		"num.partitions":                                   "1",
		"num.network.threads":                              "2",
		"num.io.threads":                                   "4",
		"background.threads":                               "2",
		"delete.topic.enable":                              "true",
		"offsets.topic.num.partitions":                     "3",
		"offsets.topic.replication.factor":                 replicas,
		"transaction.state.log.num.partitions":             "3",
		"transaction.state.log.replication.factor":         replicas,
		"transaction.state.log.min.isr":                    "1",
		"share.coordinator.state.topic.num.partitions":     "3",
		"share.coordinator.state.topic.replication.factor": replicas,
		"share.coordinator.state.topic.min.isr":            "1",
		"group.initial.rebalance.delay.ms":                 "0",
		"group.min.session.timeout.ms":                     "100",
		"log.cleaner.dedupe.buffer.size":                   "4194304",
		"log.cleaner.backoff.ms":                           "500",
		"log.retention.check.interval.ms":                  "1000",
		"log.retention.ms":                                 "-1", // a test may write messages of a time long past
		"log.initial.task.delay.ms":                        "500",
		"log.segment.delete.delay.ms":                      "1000",
	}
	if c.cfg.Authorizer {
		p["authorizer.class.name"] = c.ver.authorizer()
		p["super.users"] = "User:ANONYMOUS;User:admin"
	}
	return p
}

// writeProperties writes a node's server.properties and sets its command.
func (c *Cluster) writeProperties(n *node) error {
	p := c.defaults()
	p["log.dirs"] = strings.Join(c.logDirs(n), ",")
	if c.ver.kraft() {
		c.kraftProperties(p, n)
	} else {
		c.zooKeeperProperties(p, n)
	}
	if c.ca != nil {
		maps.Copy(p, c.ca.properties(c.Dir))
	}
	if c.cfg.Users != nil {
		p["sasl.enabled.mechanisms"] = strings.Join(c.mechanisms(), ",")
	}
	if n.id <= len(c.cfg.Racks) {
		p["broker.rack"] = c.cfg.Racks[n.id-1]
	}
	maps.Copy(p, c.cfg.Properties)
	file := filepath.Join(n.dir, "server.properties")
	n.args = c.java("384m", "kafka.Kafka", file)
	return os.WriteFile(file, []byte(properties(p)), 0o600)
}

func (c *Cluster) mechanisms() []string {
	if !c.ver.scram() {
		return []string{"PLAIN"}
	}
	return []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}
}

// listeners of a broker as Kafka writes them.
func (c *Cluster) listeners(n *node) string {
	var list []string
	for _, s := range c.cfg.Listeners {
		list = append(list, fmt.Sprintf("%s://%s", s, address(n.ports[s])))
	}
	return strings.Join(list, ",")
}

func (c *Cluster) zooKeeperProperties(p map[string]string, n *node) {
	p["broker.id"] = strconv.Itoa(n.id)
	p["listeners"] = c.listeners(n)
	p["zookeeper.connect"] = address(c.support.controller)
	p["zookeeper.session.timeout.ms"] = "4000"
	p["zookeeper.connection.timeout.ms"] = "30000"
}

func (c *Cluster) kraftProperties(p map[string]string, n *node) {
	p["node.id"] = strconv.Itoa(n.id)
	p["controller.listener.names"] = "CONTROLLER"
	p["listener.security.protocol.map"] = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL"
	p["broker.session.timeout.ms"] = "3000"
	p["broker.heartbeat.interval.ms"] = "300"
	p["controller.quorum.election.timeout.ms"] = "500"
	controller := c.support
	if controller == nil {
		controller = n
	}
	p["controller.quorum.voters"] = fmt.Sprintf("%d@%s", controller.id, address(controller.controller))
	var listeners []string
	var roles []string
	if n.ports != nil {
		roles = append(roles, "broker")
		listeners = append(listeners, c.listeners(n))
		p["advertised.listeners"] = c.listeners(n)
		p["inter.broker.listener.name"] = string(Plaintext)
	}
	if n == controller {
		roles = append(roles, "controller")
		listeners = append(listeners, "CONTROLLER://"+address(n.controller))
	}
	p["process.roles"] = strings.Join(roles, ",")
	p["listeners"] = strings.Join(listeners, ",")
}

// properties renders a Java properties file.
func properties(p map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(p)) {
		b.WriteString(key + "=" + strings.ReplaceAll(p[key], `\`, `\\`) + "\n")
	}
	return b.String()
}
