"""npm netsuite-rest, unmodified. Its ``base_url`` option takes it to the sandbox; its HTTP client knows no proxy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.environments import NodeClient
from tests.clients.up import Up

pytestmark = pytest.mark.clients

CLIENT = NodeClient("netsuite-rest", ["netsuite-rest@1.0.9"])

START = """
const NetsuiteRest = require('netsuite-rest');
const client = new NetsuiteRest({
  consumer_key: GIVEN.consumer_key, consumer_secret_key: GIVEN.consumer_secret,
  token: GIVEN.token_id, token_secret: GIVEN.token_secret, realm: GIVEN.account, base_url: GIVEN.url,
});
const send = (method, path, content) => client.request({method, path, body: content && JSON.stringify(content)});
const refused = async (call) => {
  try {
    await call;
  } catch ({response}) {
    return {status: response.statusCode, body: JSON.parse(response.body)};
  }
};
"""
CUSTOMER = {"companyName": "Harbour Rail plc", "subsidiary": {"externalId": "UK"}, "custentity_country": "GB"}


def run(up: Up, program: str, **given: Any) -> Any:
    return CLIENT.run(START + program, {**up.given("erp"), "customer": CUSTOMER, **given})


def test_a_record_is_written_by_external_id_and_reads_back(up: Up) -> None:
    """It prefers ``transient`` on every body it sends, records included."""
    told = run(
        up,
        """
const path = 'record/v1/customer/eid:C-107';
const made = await send('PUT', path, GIVEN.customer);
const again = await send('PUT', path, {...GIVEN.customer, companyName: 'Harbour Rail SE'});
const read = await send('GET', path);
console.log(JSON.stringify({statuses: [made.statusCode, again.statusCode], data: made.data, read: read.data}));
""",
    )
    assert (told["statuses"], told["data"]) == ([204, 204], None)
    assert told["read"]["companyName"] == "Harbour Rail SE"
    assert isinstance(told["read"]["id"], str)


def test_a_query_is_signed_with_its_parameters(up: Up) -> None:
    told = run(
        up,
        """
const q = 'SELECT id, externalid FROM subsidiary ORDER BY externalid';
const page = await send('POST', 'query/v1/suiteql?limit=1&offset=0', {q});
console.log(JSON.stringify(page.data));
""",
    )
    assert (told["count"], told["hasMore"], told["totalResults"]) == (1, True, 2)
    assert told["items"][0]["externalid"] == "UK"


def test_what_is_refused_is_an_error_with_the_vendors_body(up: Up) -> None:
    told = run(
        up,
        """
console.log(JSON.stringify({
  missing: await refused(send('GET', 'record/v1/job/999999')),
  wrong: await refused(new NetsuiteRest({...client, token_secret: 'another'}).request({path: 'record/v1/customer'})),
}));
""",
    )
    assert told["missing"]["status"] == 404
    assert told["missing"]["body"]["o:errorDetails"][0]["o:errorCode"] == "NONEXISTENT_ID"
    assert told["wrong"]["status"] == 401
