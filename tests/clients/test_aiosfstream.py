"""aiosfstream-ng, unmodified: an authenticator of one's own, which is its extension point, or its token URL set
(real-clients.md 1.3). Its connects are held until there is news.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.environments import PythonClient
from tests.clients.up import Up

pytestmark = pytest.mark.clients

CLIENT = PythonClient("aiosfstream", ["aiosfstream-ng==0.7.5"])

# Somebody else at the CRM, over plain HTTP as a REST client asks.
REST = """
import asyncio, logging, urllib.request
from aiosfstream_ng import Client, ReplayMarker, ReplayOption, SalesforceStreamingClient
from aiosfstream_ng.auth import AuthenticatorBase

logging.disable(logging.CRITICAL)
CHANNEL = '/data/OpportunityChangeEvent'

def rest(method, path, body):
    asked = urllib.request.Request(
        GIVEN['url'] + '/services/data/v59.0/sobjects/Opportunity/' + path, json.dumps(body).encode(), method=method,
        headers={'Authorization': 'Bearer ' + GIVEN['access_token'], 'Content-Type': 'application/json'})
    with urllib.request.urlopen(asked) as answer:
        return json.loads(answer.read() or b'null')

def deal(name):
    return rest('POST', '', {'Name': name, 'StageName': 'Prospecting', 'CloseDate': '2026-03-31'})['id']

async def win(deal_id):
    await asyncio.to_thread(rest, 'PATCH', deal_id, {'StageName': 'Closed Won'})

async def news(client, about, count):
    found = []
    async for message in client:
        if about in message['data']['payload']['ChangeEventHeader']['recordIds']:
            found.append(message['data'])
        if len(found) == count:
            return found
"""
AUTHENTICATED = """
class Session(AuthenticatorBase):
    async def _authenticate(self):
        return 200, {'access_token': GIVEN['access_token'], 'token_type': 'Bearer', 'instance_url': GIVEN['url'],
                     'id': GIVEN['url'] + '/id'}
"""


def streamed(up: Up, program: str, **given: Any) -> Any:
    """A coroutine ``main`` and what it returns."""
    run = "\nprint(json.dumps(asyncio.run(asyncio.wait_for(main(), 60))))\n"
    return CLIENT.run(f"{REST}{AUTHENTICATED}{program}{run}", {**up.given("crm"), **given})


def test_22_a_deal_is_replayed_from_its_creation_and_its_win_comes_as_it_happens(up: Up) -> None:
    told = streamed(
        up,
        """
async def main():
    mine = deal('22')
    client = Client(Session(), replay=ReplayOption.ALL_EVENTS, replay_fallback=ReplayOption.ALL_EVENTS)
    async with client:
        await client.subscribe(CHANNEL)
        created = await news(client, mine, 1)
        # By now a connect is on its way or held.
        asyncio.get_running_loop().call_later(1, lambda: asyncio.ensure_future(win(mine)))
        changed = await news(client, mine, 1)
    return {'id': mine, 'events': created + changed}
""",
    )
    headers = [event["payload"]["ChangeEventHeader"] for event in told["events"]]
    assert [header["changeType"] for header in headers] == ["CREATE", "UPDATE"]
    assert [header["recordIds"] for header in headers] == [[told["id"]], [told["id"]]]
    assert "StageName" in headers[1]["changedFields"]
    assert told["events"][1]["payload"]["StageName"] == "Closed Won"
    first, second = (event["event"]["replayId"] for event in told["events"])
    assert first < second


def test_its_own_login_takes_a_token_url_and_goes_on_after_a_stored_marker(up: Up) -> None:
    told = streamed(
        up,
        """
import aiosfstream_ng.auth
aiosfstream_ng.auth.TOKEN_URL = GIVEN['url'] + '/services/oauth2/token'

def client(replay):
    return SalesforceStreamingClient(
        consumer_key=GIVEN['consumer_key'], consumer_secret=GIVEN['consumer_secret'], username=GIVEN['username'],
        password=GIVEN['password'] + GIVEN['security_token'], replay=replay)

async def main():
    one, markers = deal('marker one'), {}
    async with Client(Session(), replay=ReplayOption.ALL_EVENTS) as reader:
        await reader.subscribe(CHANNEL)
        (seen,) = await news(reader, one, 1)
    two = deal('marker two')
    # The client reads a change event's date as this text.
    date = str(seen['payload']['ChangeEventHeader']['commitTimestamp'])
    markers[CHANNEL] = ReplayMarker(date=date, replay_id=seen['event']['replayId'])
    async with client(markers) as reader:
        await reader.subscribe(CHANNEL)
        first = (await reader.receive())['data']
    return {'two': two, 'ids': first['payload']['ChangeEventHeader']['recordIds'], 'from': seen['event']['replayId'],
            'to': first['event']['replayId'], 'stored': markers[CHANNEL].replay_id}
""",
    )
    assert told["ids"] == [told["two"]]
    assert told["from"] < told["to"] == told["stored"]


def test_a_marker_nobody_gave_out_falls_back_to_all_that_is_retained(up: Up) -> None:
    told = streamed(
        up,
        """
async def main():
    mine = deal('fallback')
    markers = {CHANNEL: ReplayMarker(date='2020-01-01T00:00:00Z', replay_id=999999999)}
    async with Client(Session(), replay=markers, replay_fallback=ReplayOption.ALL_EVENTS) as reader:
        await reader.subscribe(CHANNEL)
        (seen,) = await news(reader, mine, 1)
    return seen['payload']['ChangeEventHeader']['changeType']
""",
    )
    assert told == "CREATE"
