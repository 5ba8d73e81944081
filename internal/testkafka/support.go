package testkafka

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// startZooKeeper starts the ZooKeeper of the versions that need one and waits
// until it listens.
func (c *Cluster) startZooKeeper(ctx context.Context) error {
	if c.ver.kraft() {
		return nil
	}
	n := c.support
	file := filepath.Join(n.dir, "zookeeper.properties")
	text := properties(map[string]string{
		"tickTime":           "500",
		"dataDir":            filepath.Join(n.dir, "data"),
		"clientPort":         fmt.Sprint(n.controller),
		"clientPortAddress":  "127.0.0.1",
		"maxClientCnxns":     "0",
		"admin.enableServer": "false",

		"4lw.commands.whitelist": "dump", // see waitForgotten
	})
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return err
	}
	n.args = c.java("128m", "org.apache.zookeeper.server.ZooKeeperServerMain", file)
	return c.startSupport(ctx, n)
}

// waitForgotten waits until ZooKeeper has let go of a killed node: a broker
// refuses to start while its predecessor's session lives.
func (c *Cluster) waitForgotten(ctx context.Context, n *node) error {
	if c.ver.kraft() {
		return nil
	}
	registration := fmt.Sprintf("/brokers/ids/%d\n", n.id)
	return c.poll(ctx, c.support, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", address(c.support.controller))
		if err != nil {
			return err
		}
		defer conn.Close()
		deadline, _ := ctx.Deadline()
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
		if _, err := conn.Write([]byte("dump")); err != nil {
			return err
		}
		sessions, err := io.ReadAll(conn)
		if err == nil && strings.Contains(string(sessions), registration) {
			err = fmt.Errorf("ZooKeeper still holds the session of node %d", n.id)
		}
		return err
	})
}

// startController starts the controller of several KRaft brokers.
func (c *Cluster) startController(ctx context.Context) error {
	if !c.ver.kraft() || c.support == nil {
		return nil
	}
	if err := c.writeProperties(c.support); err != nil {
		return err
	}
	return c.startSupport(ctx, c.support)
}

func (c *Cluster) startSupport(ctx context.Context, n *node) error {
	if err := c.run(n); err != nil {
		return err
	}
	return c.poll(ctx, n, func(ctx context.Context) error {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", address(n.controller))
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// addZooKeeperUsers writes the SCRAM credentials of the versions that keep them
// in ZooKeeper.
func (c *Cluster) addZooKeeperUsers(ctx context.Context) error {
	if c.ver.kraft() || !c.ver.scram() {
		return nil
	}
	for name, password := range c.cfg.Users {
		config := fmt.Sprintf("SCRAM-SHA-256=[password=%s],SCRAM-SHA-512=[password=%s]", password, password)
		_, err := c.Run(ctx, "kafka.admin.ConfigCommand", "--zookeeper", address(c.support.controller),
			"--alter", "--add-config", config, "--entity-type", "users", "--entity-name", name)
		if err != nil {
			return err
		}
	}
	return nil
}

// formatKRaft writes the storage of every KRaft node, SCRAM users included. What
// the storage tool makes is the same for every cluster but for two ids, so it is
// made once and kept beside the jars.
func (c *Cluster) formatKRaft(ctx context.Context) error {
	if !c.ver.kraft() {
		return nil
	}
	template := filepath.Join(filepath.Dir(c.jars), "format-"+c.Version+"-"+c.usersSum())
	if err := once(template, func(tmp string) error { return c.format(ctx, tmp) }); err != nil {
		return err
	}
	controller := c.nodes[0]
	all := c.nodes
	if c.support != nil {
		controller, all = c.support, append(slices.Clone(all), c.support)
	}
	if err := os.CopyFS(filepath.Join(controller.dir, "data"), os.DirFS(template)); err != nil {
		return err
	}
	for _, n := range all {
		meta := fmt.Sprintf("version=1\ncluster.id=%s\nnode.id=%d\n", c.id, n.id)
		for _, dir := range c.logDirs(n) {
			if err := os.WriteFile(filepath.Join(dir, "meta.properties"), []byte(meta), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// usersSum tells the users of one cluster from those of another.
func (c *Cluster) usersSum() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(c.cfg.Users)) {
		fmt.Fprintf(h, "%q=%q\n", name, c.cfg.Users[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}

// format runs Kafka's storage tool on folder dir.
func (c *Cluster) format(ctx context.Context, dir string) error {
	config, err := os.CreateTemp("", "testkafka-format-*.properties")
	if err != nil {
		return err
	}
	defer os.Remove(config.Name())
	_, err = config.WriteString(properties(map[string]string{
		"process.roles":             "broker,controller",
		"node.id":                   "1",
		"controller.quorum.voters":  "1@127.0.0.1:2",
		"controller.listener.names": "CONTROLLER",
		"listeners":                 "PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2",
		"log.dirs":                  dir,
	}))
	if err != nil {
		return err
	}
	if err := config.Close(); err != nil {
		return err
	}
	args := []string{"format", "--cluster-id", c.id, "--config", config.Name()}
	for _, name := range slices.Sorted(maps.Keys(c.cfg.Users)) {
		for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
			args = append(args, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, name, c.cfg.Users[name]))
		}
	}
	cmd := exec.CommandContext(ctx, "java", c.java("128m", "kafka.tools.StorageTool", args...)[1:]...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("testkafka: formatting the storage of Kafka %s: %w\n%s", c.Version, err, strings.TrimSpace(string(out)))
	}
	return os.Remove(filepath.Join(dir, "meta.properties")) // the ids are each cluster's own
}
