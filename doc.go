// Package kafka is a client for Apache Kafka, 0.10.1 to 4.4.
//
// Conn is a connection to one broker, for one partition: it produces, fetches,
// seeks, and administers topics. A Dialer makes connections, with TLS and SASL
// where asked for, and finds the leaders of partitions.
//
//	conn, err := kafka.DialLeader(ctx, "tcp", "localhost:9092", "my-topic", 0)
//	if err != nil {
//		return err
//	}
//	defer conn.Close()
//	conn.SetDeadline(time.Now().Add(10 * time.Second))
//	_, err = conn.WriteMessages(kafka.Message{Value: []byte("hello")})
//
// Versions of the protocol are negotiated with each broker, for every request.
//
// Error codes of brokers are values of type Error, for errors.Is; those of the
// network are *net.OpError. Messages that were read belong to the program.
package kafka
