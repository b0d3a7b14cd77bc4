"""airbyte-source-netsuite, unmodified, through the gateway: its host is built in (case N14 of real-clients.md).

Its reads go through ``Session.send``, which takes certificates from certifi alone: the gateway's is appended there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.environments import PythonClient
from tests.clients.up import Up

pytestmark = pytest.mark.clients

CLIENT = PythonClient("airbyte-netsuite", ["airbyte-source-netsuite==0.1.29"])

# Over plain HTTP, with what the connector brings along.
ARRANGE = """
import requests
from requests_oauthlib import OAuth1

auth = OAuth1(GIVEN['consumer_key'], GIVEN['consumer_secret'], GIVEN['token_id'], GIVEN['token_secret'],
              realm=GIVEN['account'], signature_method='HMAC-SHA256')
for path, body in GIVEN['records']:
    requests.put(f"{GIVEN['url']}/services/rest/record/v1/{path}", json=body, auth=auth).raise_for_status()
print('null')
"""
CLIENT_107 = {"companyName": "Harbour Rail plc", "subsidiary": {"externalId": "UK"}, "custentity_country": "GB"}


def job(name: str) -> dict[str, Any]:
    return {"companyName": name, "parent": {"externalId": "C-107"}, "subsidiary": {"externalId": "UK"}}


class Source:
    """The connector's commands, with its files in a folder."""

    def __init__(self, up: Up, folder: Path) -> None:
        self._up = up
        self._folder = folder
        erp = up.given("erp")
        self._config = {
            "realm": erp["account"],
            "consumer_key": erp["consumer_key"],
            "consumer_secret": erp["consumer_secret"],
            "token_key": erp["token_id"],
            "token_secret": erp["token_secret"],
            "object_types": ["job", "timebill"],
            "start_datetime": "2026-01-01T00:00:00Z",
            # Its windows run up to the wall clock's today, far ahead of the sandbox: one will do.
            "window_in_days": 3650,
        }

    def arrange(self, *records: tuple[str, Any]) -> None:
        """Put records there, by path."""
        CLIENT.run(ARRANGE, {**self._up.given("erp"), "records": records})

    def messages(self, command: str, **files: Any) -> list[dict[str, Any]]:
        """What a command prints; ``files`` are its options."""
        options = []
        for name, content in {"config": self._config, **files}.items():
            path = self._folder / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            options += [f"--{name}", str(path)]
        gateway = {
            "HTTPS_PROXY": self._up.gateway["proxy"],
            "REQUESTS_CA_BUNDLE": self._up.gateway["ca"],
            "NO_PROXY": "127.0.0.1",
        }
        printed = CLIENT.command("source-netsuite", command, *options, **gateway)
        return [json.loads(line) for line in printed.splitlines()]


@pytest.fixture(scope="module")
def source(up: Up, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """The connector in an environment that trusts the gateway, and does no more afterwards."""
    bundle = Path(CLIENT.run("import certifi; print(json.dumps(certifi.where()))"))
    original = bundle.with_suffix(".original")
    if not original.exists():
        original.write_bytes(bundle.read_bytes())
    bundle.write_bytes(original.read_bytes() + b"\n" + Path(up.gateway["ca"]).read_bytes())
    yield Source(up, tmp_path_factory.mktemp("source"))
    original.replace(bundle)


def of_kind(messages: list[dict[str, Any]], kind: str, content: str) -> list[dict[str, Any]]:
    return [each[content] for each in messages if each["type"] == kind]


def test_n14_the_check_succeeds(source: Source) -> None:
    (status,) = of_kind(source.messages("check"), "CONNECTION_STATUS", "connectionStatus")
    assert status["status"] == "SUCCEEDED"


def test_n14_discovery_and_incremental_reads(up: Up, source: Source) -> None:
    (catalog,) = of_kind(source.messages("discover"), "CATALOG", "catalog")
    streams = {each["name"]: each for each in catalog["streams"]}
    assert streams.keys() == {"job", "timebill"}
    for each in streams.values():
        assert each["default_cursor_field"] == ["lastModifiedDate"]
        assert "incremental" in each["supported_sync_modes"]
    configured = {"stream": streams["job"], "sync_mode": "incremental", "destination_sync_mode": "append"}
    chosen = {"streams": [{**configured, "cursor_field": ["lastModifiedDate"], "primary_key": [["id"]]}]}

    source.arrange(("customer/eid:C-107", CLIENT_107), ("job/eid:P-1", job("One")))
    up.advance("1h")
    source.arrange(("job/eid:P-2", job("Two")))
    first = source.messages("read", catalog=chosen)
    assert names(first) == ["One", "Two"]
    state = of_kind(first, "STATE", "state")[-1]
    assert state["stream"]["stream_state"]["lastModifiedDate"] == "2026-01-12T01:00:00Z"

    # What is as old as the state or newer is read again: of the two, only the second.
    up.advance("1d")
    source.arrange(("job/eid:P-2", job("Two again")), ("job/eid:P-3", job("Three")))
    assert names(source.messages("read", catalog=chosen, state=[state])) == ["Three", "Two again"]


def names(messages: list[dict[str, Any]]) -> list[str]:
    """Names of the jobs read, each whole: the connector follows the link of every item of the list."""
    return sorted(each["data"]["companyName"] for each in of_kind(messages, "RECORD", "record"))
