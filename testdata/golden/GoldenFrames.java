import com.fasterxml.jackson.databind.JsonNode;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.*;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.RequestUtils;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes whole frames by Kafka's own serializer to the folder given, and frames.json, which says what is in them. */
public class GoldenFrames {
    static final int CORRELATION = 0x01020304;
    static final String CLIENT = "golden-client";
    static final Uuid TOPIC = Uuid.fromString("AAECAwQFBgcICQoLDA0ODw");

    static final List<String> manifest = new ArrayList<>();
    static Path dir;

    public static void main(String[] args) throws Exception {
        dir = Path.of(args[0]);
        connection();
        metadata();
        for (short version : new short[] {3, 7, 9, 12, 13})
            produce(version);
        for (short version : new short[] {4, 7, 11, 12, 13, 17})
            fetch(version);
        groups();
        transactions();
        Files.writeString(dir.resolve("frames.json"), "[\n" + String.join(",\n", manifest) + "\n]\n");
    }

    static void connection() throws Exception {
        for (short v : new short[] {0, 3, 4}) {
            ApiVersionsRequestData req = new ApiVersionsRequestData();
            ApiVersionsResponseData.ApiVersionCollection keys = new ApiVersionsResponseData.ApiVersionCollection();
            keys.add(new ApiVersionsResponseData.ApiVersion().setApiKey((short) 0).setMinVersion((short) 3).setMaxVersion((short) 13));
            keys.add(new ApiVersionsResponseData.ApiVersion().setApiKey((short) 18).setMaxVersion((short) 4));
            ApiVersionsResponseData res = new ApiVersionsResponseData().setApiKeys(keys);
            if (v >= 3) {
                req.setClientSoftwareName("kafka-go").setClientSoftwareVersion("1.0.0");
                ApiVersionsResponseData.SupportedFeatureKeyCollection features = new ApiVersionsResponseData.SupportedFeatureKeyCollection();
                features.add(new ApiVersionsResponseData.SupportedFeatureKey().setName("metadata.version").setMinVersion((short) 7).setMaxVersion((short) 25));
                res.setThrottleTimeMs(5).setSupportedFeatures(features).setFinalizedFeaturesEpoch(77).setZkMigrationReady(true);
            }
            pair(ApiKeys.API_VERSIONS, v, req, res);
        }
        pair(ApiKeys.SASL_HANDSHAKE, (short) 1, new SaslHandshakeRequestData().setMechanism("SCRAM-SHA-512"),
            new SaslHandshakeResponseData().setErrorCode((short) 33).setMechanisms(List.of("PLAIN", "SCRAM-SHA-256")));
        for (short v : new short[] {0, 1, 2})
            pair(ApiKeys.SASL_AUTHENTICATE, v, new SaslAuthenticateRequestData().setAuthBytes(bytes("n,,n=user,r=nonce")),
                new SaslAuthenticateResponseData().setErrorMessage(null).setAuthBytes(bytes("r=nonce")).setSessionLifetimeMs(v == 0 ? 0 : 3_600_000));
    }

    static void metadata() throws Exception {
        for (short v : new short[] {1, 5, 9, 12, 13}) {
            MetadataRequestData req = new MetadataRequestData().setAllowAutoTopicCreation(v < 4)
                .setTopics(List.of(new MetadataRequestData.MetadataRequestTopic().setName("orders"), new MetadataRequestData.MetadataRequestTopic().setName("größe")));
            MetadataResponseData.MetadataResponseBrokerCollection brokers = new MetadataResponseData.MetadataResponseBrokerCollection();
            brokers.add(new MetadataResponseData.MetadataResponseBroker().setNodeId(1).setHost("broker-1").setPort(9092).setRack("rack-a"));
            brokers.add(new MetadataResponseData.MetadataResponseBroker().setNodeId(2).setHost("broker-2").setPort(9093).setRack(null));
            MetadataResponseData.MetadataResponsePartition partition = new MetadataResponseData.MetadataResponsePartition().setPartitionIndex(3)
                .setLeaderId(1).setLeaderEpoch(v >= 7 ? 9 : -1).setReplicaNodes(List.of(1, 2)).setIsrNodes(List.of(1))
                .setOfflineReplicas(v >= 5 ? List.of(2) : List.of());
            MetadataResponseData.MetadataResponseTopicCollection topics = new MetadataResponseData.MetadataResponseTopicCollection();
            topics.add(new MetadataResponseData.MetadataResponseTopic().setName("orders").setTopicId(v >= 10 ? TOPIC : Uuid.ZERO_UUID).setPartitions(List.of(partition)));
            topics.add(new MetadataResponseData.MetadataResponseTopic().setName("größe").setErrorCode((short) 3));
            pair(ApiKeys.METADATA, v, req, new MetadataResponseData().setThrottleTimeMs(v >= 3 ? 12 : 0).setClusterId(v >= 2 ? "cluster" : null)
                .setControllerId(2).setBrokers(brokers).setTopics(topics));
        }
    }

    static void produce(short v) throws Exception {
        ProduceRequestData.TopicProduceData topic = new ProduceRequestData.TopicProduceData().setPartitionData(List.of(
            new ProduceRequestData.PartitionProduceData().setIndex(4).setRecords(records("batch-none-plain.bin"))));
        ProduceResponseData.TopicProduceResponse answer = new ProduceResponseData.TopicProduceResponse();
        if (v >= 13) {
            topic.setTopicId(TOPIC);
            answer.setTopicId(TOPIC);
        } else {
            topic.setName("orders");
            answer.setName("orders");
        }
        ProduceRequestData req = new ProduceRequestData().setTransactionalId("txn").setAcks((short) -1).setTimeoutMs(1500);
        req.topicData().add(topic);
        ProduceResponseData.PartitionProduceResponse partition = new ProduceResponseData.PartitionProduceResponse().setIndex(4).setBaseOffset(1000)
            .setLogAppendTimeMs(1_700_000_000_000L).setLogStartOffset(v >= 5 ? 17 : -1);
        ProduceResponseData res = new ProduceResponseData().setThrottleTimeMs(3);
        if (v >= 8)
            partition.setErrorCode((short) 87).setErrorMessage("invalid").setRecordErrors(List.of(
                new ProduceResponseData.BatchIndexAndErrorMessage().setBatchIndex(1).setBatchIndexErrorMessage("no key")));
        if (v >= 10) {
            partition.setCurrentLeader(new ProduceResponseData.LeaderIdAndEpoch().setLeaderId(2).setLeaderEpoch(8));
            res.nodeEndpoints().add(new ProduceResponseData.NodeEndpoint().setNodeId(2).setHost("broker-2").setPort(9093));
        }
        answer.setPartitionResponses(List.of(partition));
        res.responses().add(answer);
        pair(ApiKeys.PRODUCE, v, req, res);
    }

    static void fetch(short v) throws Exception {
        FetchRequestData.FetchPartition wanted = new FetchRequestData.FetchPartition().setPartition(4).setFetchOffset(1000).setPartitionMaxBytes(1 << 20)
            .setLogStartOffset(v >= 5 ? 17 : -1).setCurrentLeaderEpoch(v >= 9 ? 7 : -1).setLastFetchedEpoch(v >= 12 ? 6 : -1);
        FetchRequestData.FetchTopic topic = new FetchRequestData.FetchTopic().setPartitions(List.of(wanted));
        FetchResponseData.PartitionData data = new FetchResponseData.PartitionData().setPartitionIndex(4).setHighWatermark(1003).setLastStableOffset(1001)
            .setLogStartOffset(v >= 5 ? 17 : -1).setPreferredReadReplica(v >= 11 ? 2 : -1).setRecords(records("batch-lz4-headers.bin"))
            .setAbortedTransactions(List.of(new FetchResponseData.AbortedTransaction().setProducerId(4711).setFirstOffset(900)));
        if (v >= 12)
            data.setDivergingEpoch(new FetchResponseData.EpochEndOffset().setEpoch(6).setEndOffset(990))
                .setCurrentLeader(new FetchResponseData.LeaderIdAndEpoch().setLeaderId(2).setLeaderEpoch(8));
        FetchResponseData.PartitionData nothing = new FetchResponseData.PartitionData().setPartitionIndex(5).setErrorCode((short) 1).setHighWatermark(-1)
            .setAbortedTransactions(null).setRecords(null);
        FetchResponseData.FetchableTopicResponse answer = new FetchResponseData.FetchableTopicResponse().setPartitions(List.of(data, nothing));
        if (v >= 13) {
            topic.setTopicId(TOPIC);
            answer.setTopicId(TOPIC);
        } else {
            topic.setTopic("orders");
            answer.setTopic("orders");
        }
        FetchRequestData req = new FetchRequestData().setMaxWaitMs(250).setMinBytes(1).setMaxBytes(50 << 20).setIsolationLevel((byte) 1).setTopics(List.of(topic));
        FetchResponseData res = new FetchResponseData().setThrottleTimeMs(3).setResponses(List.of(answer));
        if (v >= 7) {
            req.setSessionId(99).setSessionEpoch(2).setForgottenTopicsData(List.of(v >= 13
                ? new FetchRequestData.ForgottenTopic().setTopicId(TOPIC).setPartitions(List.of(6))
                : new FetchRequestData.ForgottenTopic().setTopic("orders").setPartitions(List.of(6))));
            res.setSessionId(99);
        }
        if (v >= 11)
            req.setRackId("rack-a");
        if (v >= 12)
            req.setClusterId("cluster");
        if (v >= 16)
            res.nodeEndpoints().add(new FetchResponseData.NodeEndpoint().setNodeId(2).setHost("broker-2").setPort(9093).setRack("rack-b"));
        pair(ApiKeys.FETCH, v, req, res);
    }

    static void groups() throws Exception {
        for (short v : new short[] {2, 5, 9}) {
            JoinGroupRequestData req = new JoinGroupRequestData().setGroupId("group").setSessionTimeoutMs(10_000).setRebalanceTimeoutMs(30_000).setMemberId("")
                .setProtocolType("consumer").setGroupInstanceId(v >= 5 ? "instance" : null).setReason(v >= 8 ? "restart" : null);
            req.protocols().add(new JoinGroupRequestData.JoinGroupRequestProtocol().setName("range").setMetadata(new byte[] {0, 1, 2}));
            pair(ApiKeys.JOIN_GROUP, v, req, new JoinGroupResponseData().setThrottleTimeMs(1).setGenerationId(5).setProtocolType(v >= 7 ? "consumer" : null)
                .setProtocolName("range").setLeader("member-1").setMemberId("member-1").setSkipAssignment(v >= 9).setMembers(List.of(
                    new JoinGroupResponseData.JoinGroupResponseMember().setMemberId("member-1").setGroupInstanceId(v >= 5 ? "instance" : null).setMetadata(new byte[] {0, 1, 2}))));
        }
        for (short v : new short[] {1, 6, 8}) {
            OffsetFetchRequestData req = new OffsetFetchRequestData();
            OffsetFetchResponseData res = new OffsetFetchResponseData();
            if (v < 8) {
                req.setGroupId("group").setTopics(List.of(new OffsetFetchRequestData.OffsetFetchRequestTopic().setName("orders").setPartitionIndexes(List.of(0, 4))));
                res.setTopics(List.of(new OffsetFetchResponseData.OffsetFetchResponseTopic().setName("orders").setPartitions(List.of(
                    new OffsetFetchResponseData.OffsetFetchResponsePartition().setPartitionIndex(4).setCommittedOffset(1000).setMetadata("m")))));
            } else {
                req.setRequireStable(true).setGroups(List.of(new OffsetFetchRequestData.OffsetFetchRequestGroup().setGroupId("group").setTopics(null)));
                res.setGroups(List.of(new OffsetFetchResponseData.OffsetFetchResponseGroup().setGroupId("group").setTopics(List.of(
                    new OffsetFetchResponseData.OffsetFetchResponseTopics().setName("orders").setPartitions(List.of(
                        new OffsetFetchResponseData.OffsetFetchResponsePartitions().setPartitionIndex(4).setCommittedOffset(1000).setCommittedLeaderEpoch(7).setMetadata(null)))))));
            }
            pair(ApiKeys.OFFSET_FETCH, v, req, res);
        }
        for (short v : new short[] {0, 3, 4}) {
            FindCoordinatorRequestData req = new FindCoordinatorRequestData();
            FindCoordinatorResponseData res = new FindCoordinatorResponseData();
            if (v < 4) {
                req.setKey("group");
                res.setNodeId(1).setHost("broker-1").setPort(9092);
            } else {
                req.setKeyType((byte) 1).setCoordinatorKeys(List.of("txn-a", "txn-b"));
                res.setCoordinators(List.of(new FindCoordinatorResponseData.Coordinator().setKey("txn-a").setNodeId(1).setHost("broker-1").setPort(9092)));
            }
            pair(ApiKeys.FIND_COORDINATOR, v, req, res);
        }
    }

    static void transactions() throws Exception {
        for (short v : new short[] {0, 2, 5})
            pair(ApiKeys.INIT_PRODUCER_ID, v, new InitProducerIdRequestData().setTransactionalId("txn").setTransactionTimeoutMs(60_000)
                .setProducerId(v >= 3 ? 4711 : -1).setProducerEpoch((short) (v >= 3 ? 3 : -1)),
                new InitProducerIdResponseData().setProducerId(4711).setProducerEpoch((short) 4));
        for (short v : new short[] {0, 3})
            pair(ApiKeys.TXN_OFFSET_COMMIT, v, txnOffsetCommit(v), new TxnOffsetCommitResponseData().setTopics(List.of(
                new TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic().setName("orders").setPartitions(List.of(
                    new TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition().setPartitionIndex(4).setErrorCode((short) 47))))));
    }

    static TxnOffsetCommitRequestData txnOffsetCommit(short v) {
        TxnOffsetCommitRequestData req = new TxnOffsetCommitRequestData().setTransactionalId("txn").setGroupId("group").setProducerId(4711).setProducerEpoch((short) 3)
            .setTopics(List.of(new TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic().setName("orders").setPartitions(List.of(
                new TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition().setPartitionIndex(4).setCommittedOffset(1000)
                    .setCommittedLeaderEpoch(v >= 2 ? 7 : -1).setCommittedMetadata(null)))));
        return v < 3 ? req : req.setMemberId("member-1").setGenerationIdOrMemberEpoch(5).setGroupInstanceId("instance");
    }

    static byte[] bytes(String s) { return s.getBytes(StandardCharsets.UTF_8); }

    static MemoryRecords records(String file) throws Exception {
        return MemoryRecords.readableRecords(ByteBuffer.wrap(Files.readAllBytes(dir.resolve(file))));
    }

    static void pair(ApiKeys api, short v, ApiMessage req, ApiMessage res) throws Exception {
        RequestHeaderData header = new RequestHeaderData().setRequestApiKey(api.id).setRequestApiVersion(v).setCorrelationId(CORRELATION).setClientId(CLIENT);
        frame("request", api, v, api.requestHeaderVersion(v), header, req);
        frame("response", api, v, api.responseHeaderVersion(v), new ResponseHeaderData().setCorrelationId(CORRELATION), res);
    }

    static void frame(String kind, ApiKeys api, short v, short headerVersion, ApiMessage header, ApiMessage message) throws Exception {
        ByteBuffer body = RequestUtils.serialize(header, headerVersion, message, v);
        ByteBuffer frame = ByteBuffer.allocate(4 + body.remaining());
        frame.putInt(body.remaining()).put(body);
        String file = String.format("frame-%s-v%d-%s.bin", api.name.toLowerCase(), v, kind);
        Files.write(dir.resolve(file), frame.array());
        Method json = Class.forName(message.getClass().getName() + "JsonConverter").getMethod("write", message.getClass(), short.class, boolean.class);
        JsonNode content = (JsonNode) json.invoke(null, message, v, false);
        manifest.add(String.format(" {\"file\":\"%s\",\"kind\":\"%s\",\"apiKey\":%d,\"api\":\"%s\",\"apiVersion\":%d,\"headerVersion\":%d,\"correlationId\":%d%s,\n  \"message\":%s}",
            file, kind, api.id, api.name, v, headerVersion, CORRELATION, kind.equals("request") ? ",\"clientId\":\"" + CLIENT + "\"" : "", content));
    }
}
