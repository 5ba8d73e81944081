package crosscheck

import (
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/addoffsetstotxn"
	"github.com/segmentio/kafka-go/protocol/addpartitionstotxn"
	"github.com/segmentio/kafka-go/protocol/addraftvoter"
	"github.com/segmentio/kafka-go/protocol/alterclientquotas"
	"github.com/segmentio/kafka-go/protocol/alterconfigs"
	"github.com/segmentio/kafka-go/protocol/alterpartitionreassignments"
	"github.com/segmentio/kafka-go/protocol/alterreplicalogdirs"
	"github.com/segmentio/kafka-go/protocol/altersharegroupoffsets"
	"github.com/segmentio/kafka-go/protocol/alteruserscramcredentials"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/consumergroupdescribe"
	"github.com/segmentio/kafka-go/protocol/consumergroupheartbeat"
	"github.com/segmentio/kafka-go/protocol/createacls"
	"github.com/segmentio/kafka-go/protocol/createdelegationtoken"
	"github.com/segmentio/kafka-go/protocol/createpartitions"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/deleteacls"
	"github.com/segmentio/kafka-go/protocol/deletegroups"
	"github.com/segmentio/kafka-go/protocol/deleterecords"
	"github.com/segmentio/kafka-go/protocol/deletesharegroupoffsets"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/segmentio/kafka-go/protocol/describeacls"
	"github.com/segmentio/kafka-go/protocol/describeclientquotas"
	"github.com/segmentio/kafka-go/protocol/describecluster"
	"github.com/segmentio/kafka-go/protocol/describeconfigs"
	"github.com/segmentio/kafka-go/protocol/describedelegationtoken"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/segmentio/kafka-go/protocol/describelogdirs"
	"github.com/segmentio/kafka-go/protocol/describeproducers"
	"github.com/segmentio/kafka-go/protocol/describequorum"
	"github.com/segmentio/kafka-go/protocol/describesharegroupoffsets"
	"github.com/segmentio/kafka-go/protocol/describetopicpartitions"
	"github.com/segmentio/kafka-go/protocol/describetransactions"
	"github.com/segmentio/kafka-go/protocol/describeuserscramcredentials"
	"github.com/segmentio/kafka-go/protocol/electleaders"
	"github.com/segmentio/kafka-go/protocol/endtxn"
	"github.com/segmentio/kafka-go/protocol/expiredelegationtoken"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/gettelemetrysubscriptions"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/incrementalalterconfigs"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/leavegroup"
	"github.com/segmentio/kafka-go/protocol/listconfigresources"
	"github.com/segmentio/kafka-go/protocol/listgroups"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/listpartitionreassignments"
	"github.com/segmentio/kafka-go/protocol/listtransactions"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/segmentio/kafka-go/protocol/offsetdelete"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
	"github.com/segmentio/kafka-go/protocol/offsetforleaderepoch"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/pushtelemetry"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
	"github.com/segmentio/kafka-go/protocol/removeraftvoter"
	"github.com/segmentio/kafka-go/protocol/renewdelegationtoken"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
	"github.com/segmentio/kafka-go/protocol/shareacknowledge"
	"github.com/segmentio/kafka-go/protocol/sharefetch"
	"github.com/segmentio/kafka-go/protocol/sharegroupdescribe"
	"github.com/segmentio/kafka-go/protocol/sharegroupheartbeat"
	"github.com/segmentio/kafka-go/protocol/streamsgroupdescribe"
	"github.com/segmentio/kafka-go/protocol/streamsgroupheartbeat"
	"github.com/segmentio/kafka-go/protocol/streamsgrouptopologydescriptionupdate"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
	"github.com/segmentio/kafka-go/protocol/txnoffsetcommit"
	"github.com/segmentio/kafka-go/protocol/unregisterbroker"
	"github.com/segmentio/kafka-go/protocol/unregistercontroller"
	"github.com/segmentio/kafka-go/protocol/updatefeatures"
	"github.com/segmentio/kafka-go/protocol/writetxnmarkers"
)

// api is the message types of one API.
type api struct{ request, response protocol.Message }

var apis = []api{
	{&produce.Request{}, &produce.Response{}},
	{&fetch.Request{}, &fetch.Response{}},
	{&listoffsets.Request{}, &listoffsets.Response{}},
	{&metadata.Request{}, &metadata.Response{}},
	{&offsetcommit.Request{}, &offsetcommit.Response{}},
	{&offsetfetch.Request{}, &offsetfetch.Response{}},
	{&findcoordinator.Request{}, &findcoordinator.Response{}},
	{&joingroup.Request{}, &joingroup.Response{}},
	{&heartbeat.Request{}, &heartbeat.Response{}},
	{&leavegroup.Request{}, &leavegroup.Response{}},
	{&syncgroup.Request{}, &syncgroup.Response{}},
	{&describegroups.Request{}, &describegroups.Response{}},
	{&listgroups.Request{}, &listgroups.Response{}},
	{&saslhandshake.Request{}, &saslhandshake.Response{}},
	{&apiversions.Request{}, &apiversions.Response{}},
	{&createtopics.Request{}, &createtopics.Response{}},
	{&deletetopics.Request{}, &deletetopics.Response{}},
	{&initproducerid.Request{}, &initproducerid.Response{}},
	{&addpartitionstotxn.Request{}, &addpartitionstotxn.Response{}},
	{&addoffsetstotxn.Request{}, &addoffsetstotxn.Response{}},
	{&endtxn.Request{}, &endtxn.Response{}},
	{&txnoffsetcommit.Request{}, &txnoffsetcommit.Response{}},
	{&saslauthenticate.Request{}, &saslauthenticate.Response{}},
	{&alterclientquotas.Request{}, &alterclientquotas.Response{}},
	{&alterconfigs.Request{}, &alterconfigs.Response{}},
	{&alterpartitionreassignments.Request{}, &alterpartitionreassignments.Response{}},
	{&alteruserscramcredentials.Request{}, &alteruserscramcredentials.Response{}},
	{&createacls.Request{}, &createacls.Response{}},
	{&createpartitions.Request{}, &createpartitions.Response{}},
	{&deleteacls.Request{}, &deleteacls.Response{}},
	{&deletegroups.Request{}, &deletegroups.Response{}},
	{&describeacls.Request{}, &describeacls.Response{}},
	{&describeclientquotas.Request{}, &describeclientquotas.Response{}},
	{&describeconfigs.Request{}, &describeconfigs.Response{}},
	{&describeuserscramcredentials.Request{}, &describeuserscramcredentials.Response{}},
	{&electleaders.Request{}, &electleaders.Response{}},
	{&incrementalalterconfigs.Request{}, &incrementalalterconfigs.Response{}},
	{&listpartitionreassignments.Request{}, &listpartitionreassignments.Response{}},
	{&offsetdelete.Request{}, &offsetdelete.Response{}},
	{&deleterecords.Request{}, &deleterecords.Response{}},
	{&describelogdirs.Request{}, &describelogdirs.Response{}},
	{&offsetforleaderepoch.Request{}, &offsetforleaderepoch.Response{}},
	{&describeproducers.Request{}, &describeproducers.Response{}},
	{&listtransactions.Request{}, &listtransactions.Response{}},
	{&describetransactions.Request{}, &describetransactions.Response{}},
	{&writetxnmarkers.Request{}, &writetxnmarkers.Response{}},
	{&consumergroupdescribe.Request{}, &consumergroupdescribe.Response{}},
	{&sharegroupdescribe.Request{}, &sharegroupdescribe.Response{}},
	{&streamsgroupdescribe.Request{}, &streamsgroupdescribe.Response{}},
	{&consumergroupheartbeat.Request{}, &consumergroupheartbeat.Response{}},
	{&describetopicpartitions.Request{}, &describetopicpartitions.Response{}},
	{&updatefeatures.Request{}, &updatefeatures.Response{}},
	{&describecluster.Request{}, &describecluster.Response{}},
	{&describequorum.Request{}, &describequorum.Response{}},
	{&createdelegationtoken.Request{}, &createdelegationtoken.Response{}},
	{&renewdelegationtoken.Request{}, &renewdelegationtoken.Response{}},
	{&expiredelegationtoken.Request{}, &expiredelegationtoken.Response{}},
	{&describedelegationtoken.Request{}, &describedelegationtoken.Response{}},
	{&alterreplicalogdirs.Request{}, &alterreplicalogdirs.Response{}},
	{&listconfigresources.Request{}, &listconfigresources.Response{}},
	{&unregisterbroker.Request{}, &unregisterbroker.Response{}},
	{&unregistercontroller.Request{}, &unregistercontroller.Response{}},
	{&addraftvoter.Request{}, &addraftvoter.Response{}},
	{&removeraftvoter.Request{}, &removeraftvoter.Response{}},
	{&describesharegroupoffsets.Request{}, &describesharegroupoffsets.Response{}},
	{&altersharegroupoffsets.Request{}, &altersharegroupoffsets.Response{}},
	{&deletesharegroupoffsets.Request{}, &deletesharegroupoffsets.Response{}},
	{&gettelemetrysubscriptions.Request{}, &gettelemetrysubscriptions.Response{}},
	{&pushtelemetry.Request{}, &pushtelemetry.Response{}},
	{&sharegroupheartbeat.Request{}, &sharegroupheartbeat.Response{}},
	{&sharefetch.Request{}, &sharefetch.Response{}},
	{&shareacknowledge.Request{}, &shareacknowledge.Response{}},
	{&streamsgroupheartbeat.Request{}, &streamsgroupheartbeat.Response{}},
	{&streamsgrouptopologydescriptionupdate.Request{}, &streamsgrouptopologydescriptionupdate.Response{}},
}

// overrides are written by us only: what is read has the types above.
var overrides = []protocol.Message{&rawproduce.Request{}}
