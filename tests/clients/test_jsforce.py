"""jsforce, unmodified: it takes the address of the sandbox as its login URL, and plain HTTP (real-clients.md 1.1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import started
from tests.clients.environments import NodeClient
from tests.clients.up import Up

pytestmark = pytest.mark.clients

CLIENT = NodeClient("jsforce", ["jsforce@3.10.16"])

# Its own ways to a connection: a session that is there already, or a login.
CONNECTED = """
const jsforce = require('jsforce');
const conn = new jsforce.Connection({instanceUrl: GIVEN.url, accessToken: GIVEN.access_token, version: '59.0'});
const say = told => console.log(JSON.stringify(told));
"""
LOGINS = {
    "soap": """
const conn = new jsforce.Connection({loginUrl: GIVEN.url, version: '59.0'});
await conn.login(GIVEN.username, GIVEN.password + GIVEN.security_token);
""",
    "oauth password": """
const oauth2 = {loginUrl: GIVEN.url, clientId: GIVEN.consumer_key, clientSecret: GIVEN.consumer_secret};
const conn = new jsforce.Connection({loginUrl: GIVEN.url, oauth2, version: '59.0'});
await conn.login(GIVEN.username, GIVEN.password + GIVEN.security_token);
""",
    "client credentials": """
const oauth2 = {loginUrl: GIVEN.url, clientId: GIVEN.consumer_key, clientSecret: GIVEN.consumer_secret};
const conn = new jsforce.Connection({loginUrl: GIVEN.url, instanceUrl: GIVEN.url, oauth2, version: '59.0'});
await conn.authorize({grant_type: 'client_credentials'});
""",
}


def connected(up: Up, program: str, **given: Any) -> Any:
    return CLIENT.run(CONNECTED + program, {**up.given("crm"), **given})


@pytest.mark.parametrize("login", LOGINS)
def test_4_each_login_leads_to_ones_identity_on_the_mocks_port(up: Up, login: str) -> None:
    told = CLIENT.run(
        f"""
const jsforce = require('jsforce');
{LOGINS[login]}
const identity = await conn.identity();
console.log(JSON.stringify({{mine: conn.userInfo && conn.userInfo.id, identity, instance: conn.instanceUrl}}));
""",
        up.given("crm"),
    )
    if login != "client credentials":
        assert told["mine"] == told["identity"]["user_id"]
    assert told["identity"]["username"] == up.given("crm")["username"]
    assert told["instance"] == up.url("crm")


def test_when_its_session_has_ended_it_logs_in_again(tmp_path: Path) -> None:
    with started(tmp_path, "--seed-only") as told:
        counts = CLIENT.run(
            f"""
const jsforce = require('jsforce');
{LOGINS["soap"]}
const count = async () => (await conn.query('SELECT Id FROM User LIMIT 1')).totalSize;
const before = await count();
await fetch(GIVEN.control + '/_sandbox/clock/advance',
            {{method: 'POST', body: '{{"by": "3h"}}', headers: {{'content-type': 'application/json'}}}});
console.log(JSON.stringify([before, await count()]));
""",
            {**Up(told).given("crm"), "control": told["control"]["url"]},
        )
    assert counts == [1, 1]


def test_4_a_wrong_password_is_a_refusal(up: Up) -> None:
    told = CLIENT.run(
        """
const jsforce = require('jsforce');
const conn = new jsforce.Connection({loginUrl: GIVEN.url, version: '59.0'});
const code = await conn.login(GIVEN.username, 'wrong')
    .then(() => 'in', refused => refused.errorCode || refused.message);
console.log(JSON.stringify(code));
""",
        up.given("crm"),
    )
    assert "INVALID_LOGIN" in told


def test_16_a_collection_tells_row_by_row_and_all_or_none_stores_nothing(up: Up) -> None:
    told = connected(
        up,
        """
const rows = department => [{LastName: 'One', Department: department}, {FirstName: 'Bad', Department: department},
                            {LastName: 'Two', Department: department}];
const count = async department => (await conn.query(
    `SELECT COUNT() FROM Contact WHERE Department = '${department}'`)).totalSize;
const some = await conn.sobject('Contact').create(rows('js some'));
const none = await conn.sobject('Contact').create(rows('js none'), {allOrNone: true});
say({some, none, stored: [await count('js some'), await count('js none')]});
""",
    )
    assert [row["success"] for row in told["some"]] == [True, False, True]
    assert told["some"][1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert [row["success"] for row in told["none"]] == [False, False, False]
    assert [row["errors"][0]["statusCode"] for row in told["none"]] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING", "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    ]  # fmt: skip
    assert told["stored"] == [2, 0]


def test_several_records_are_made_changed_read_matched_and_removed_at_once(up: Up) -> None:
    told = connected(
        up,
        """
const accounts = conn.sobject('Account');
const ids = (await accounts.create([{Name: 'js u1'}, {Name: 'js u2'}])).map(each => each.id);
const changed = await accounts.update(ids.map((Id, number) => ({Id, Phone: 'p' + number})));
const read = (await accounts.retrieve(ids)).map(each => each.Phone);
const keyed = names => names.map((Name, number) => ({Name, ERP_Customer_Id__c: 'J' + number}));
const first = await accounts.upsert(keyed(['js x', 'js y']), 'ERP_Customer_Id__c');
const again = await accounts.upsert(keyed(['js x2', 'js y2']), 'ERP_Customer_Id__c');
const gone = await accounts.destroy(ids);
const left = await conn.query("SELECT Name FROM Account WHERE Name LIKE 'js %' ORDER BY Name");
say({changed: changed.map(each => each.success), read, gone: gone.map(each => each.success),
     made: [...first, ...again].map(each => each.created), left: left.records.map(each => each.Name)});
""",
    )
    assert told == {
        "changed": [True, True], "read": ["p0", "p1"], "gone": [True, True],
        "made": [True, True, False, False], "left": ["js x2", "js y2"],
    }  # fmt: skip


def test_a_query_fetches_its_further_pages_by_itself(up: Up) -> None:
    told = connected(
        up,
        """
for (let start = 0; start < 2100; start += 200) {
    const rows = Array.from({length: Math.min(200, 2100 - start)}, (_, number) =>
        ({LastName: 'Page ' + (start + number), Department: 'js pages'}));
    await conn.sobject('Contact').create(rows, {allOrNone: true});
}
const found = await conn.query("SELECT Id FROM Contact WHERE Department = 'js pages'",
                               {autoFetch: true, maxFetch: 5000});
say({total: found.totalSize, ids: new Set(found.records.map(each => each.Id)).size});
""",
    )
    assert told == {"total": 2100, "ids": 2100}


def test_20_a_chunked_upload_of_crlf_rows_is_stored_whole(paced: Up) -> None:
    told = connected(
        paced,
        """
const {Readable} = require('stream');
const chunked = [];
require('diagnostics_channel').subscribe('http.client.response.finish', ({request}) => {
    if (request.method === 'PUT') chunked.push(request.chunkedEncoding);
});
const rows = Array.from({length: 50}, (_, number) => `Chunk ${number},js chunks`);
const csv = ['LastName,Department', ...rows, ',js chunks'].join('\\r\\n') + '\\r\\n';
const sent = await conn.bulk2.loadAndWaitForResults({
    object: 'Contact', operation: 'insert', lineEnding: 'CRLF', pollInterval: 500, pollTimeout: 60000,
    input: Readable.from([csv.slice(0, 100), csv.slice(100, 500), csv.slice(500)])});
const stored = await conn.query("SELECT LastName FROM Contact WHERE Department = 'js chunks'");
say({good: sent.successfulResults, bad: sent.failedResults, none: sent.unprocessedRecords, chunked,
     stored: stored.records.map(each => each.LastName)});
""",
    )
    assert [row["sf__Created"] for row in told["good"]] == ["true"] * 50
    assert [row["sf__Error"].split(":")[0] for row in told["bad"]] == ["REQUIRED_FIELD_MISSING"]
    assert told["none"] == []
    # A stream has no length to tell beforehand.
    assert told["chunked"] == [True]
    assert sorted(told["stored"]) == sorted(f"Chunk {number}" for number in range(50))


def test_a_bulk_query_of_one_page_streams_its_records(paced: Up) -> None:
    told = connected(
        paced,
        """
await conn.sobject('Contact').create(['B1', 'B2'].map(LastName => ({LastName, Department: 'js bulk'})));
const found = await conn.bulk2.query("SELECT LastName FROM Contact WHERE Department = 'js bulk' ORDER BY LastName",
                                     {pollInterval: 500, pollTimeout: 60000});
say((await found.toArray()).map(each => each.LastName));
""",
    )
    assert told == ["B1", "B2"]


def test_streaming_replays_what_is_retained_then_brings_what_is_new(up: Up) -> None:
    told = connected(
        up,
        """
const {StreamingExtension} = require('jsforce/lib/api/streaming');
const CHANNEL = '/data/OpportunityChangeEvent';
const deals = conn.sobject('Opportunity');
const deal = await deals.create({Name: 'js deal', StageName: 'Prospecting', CloseDate: '2026-03-31'});
const client = conn.streaming.createClient([new StreamingExtension.Replay(CHANNEL, -2)]);
const seen = [];
const both = new Promise(done => client.subscribe(CHANNEL, async event => {
    if (event.payload.ChangeEventHeader.recordIds[0] !== deal.id) return;
    seen.push({replayId: event.event.replayId, header: event.payload.ChangeEventHeader});
    if (seen.length === 1) await deals.update({Id: deal.id, StageName: 'Closed Won'});
    if (seen.length === 2) done();
}));
await both;
await client.disconnect();
say(seen);
setTimeout(() => process.exit(0), 100);
""",
    )
    assert [event["header"]["changeType"] for event in told] == ["CREATE", "UPDATE"]
    assert "StageName" in told[1]["header"]["changedFields"]
    assert told[0]["replayId"] < told[1]["replayId"]
