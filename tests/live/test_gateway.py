"""The gateway: vendors' hosts lead to our systems, by certificates that are good for nothing else."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.core.wire import loads
from sandbox.drivers.gateway import make_authority
from sandbox.live.vendor_hosts import DOMAINS, system_of
from tests.live.ports import World, ask, standing


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[World]:
    with standing(gateway=True, data=tmp_path) as world:
        yield world


def tunnel(world: World, host: str, port: int = 443) -> HTTPSConnection:
    told = world.told["gateway"]
    proxy = urlsplit(told["proxy"])
    trusting = ssl.create_default_context(cafile=told["ca"])
    connection = HTTPSConnection(proxy.hostname or "", proxy.port, context=trusting, timeout=20)
    connection.set_tunnel(host, port)
    return connection


@pytest.mark.parametrize(
    ("host", "system"),
    [
        ("login.salesforce.com", "crm"),
        ("Acme.My.Salesforce.com", "crm"),
        ("api.mavenlink.com", "psa"),
        ("wd2-impl-services1.workday.com", "hris"),
        ("1234567-sb1.suitetalk.api.netsuite.com", "erp"),
        ("rest.zuora.com", "revenue"),
        ("example.com", None),
        ("notsalesforce.com", None),
        ("salesforce.com.example.org", None),
    ],
)
def test_vendors_hosts_and_no_others_have_a_system(host: str, system: str | None) -> None:
    assert system_of(host) == system


def test_a_login_at_the_vendors_own_host_answers_with_the_vendors_own_address(gateway: World) -> None:
    known = gateway.credentials("crm")
    form = f"grant_type=client_credentials&client_id={known['consumer_key']}&client_secret={known['consumer_secret']}"
    connection = tunnel(gateway, "acme.my.salesforce.com")
    connection.request("POST", "/services/oauth2/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    told = loads(answer.read())
    assert (answer.status, told["instance_url"]) == (200, "https://acme.my.salesforce.com")
    # The same connection serves the next request.
    connection.request("GET", "/services/data", headers={"Accept": "application/json"})
    assert connection.getresponse().status == 200
    connection.close()


def test_a_chunked_body_arrives_whole(gateway: World) -> None:
    token = gateway.credentials("crm")["access_token"]
    connection = tunnel(gateway, "acme.my.salesforce.com")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = iter([b'{"Name": ', b'"In pieces"}'])
    connection.request("POST", "/services/data/v59.0/sobjects/Account", body, headers, encode_chunked=True)
    assert connection.getresponse().status == 201
    connection.close()


@pytest.mark.parametrize(("host", "port"), [("example.com", 443), ("acme.my.salesforce.com", 80)])
def test_nothing_is_let_out(gateway: World, host: str, port: int) -> None:
    with closing(tunnel(gateway, host, port)) as connection, pytest.raises(OSError, match="403"):
        connection.request("GET", "/")


def test_a_plain_request_to_the_proxy_is_told_what_it_is_for(gateway: World) -> None:
    answer = ask(gateway.told["gateway"]["proxy"], "GET")
    assert (answer.status, answer.json()["error"]["code"]) == (403, "gateway")


def test_the_authority_is_no_good_for_other_hosts(tmp_path: Path) -> None:
    """What a stolen key could do: sign for a vendor's host, and nothing else that a client would believe."""
    authority = make_authority(DOMAINS, tmp_path)
    told = {}
    for host in ("login.salesforce.com", "example.com"):
        client, server = ssl.MemoryBIO(), ssl.MemoryBIO()
        trusting = ssl.create_default_context(cafile=str(authority.certificate))
        ours = trusting.wrap_bio(client, server, server_hostname=host)
        theirs = authority.context(host).wrap_bio(server, client, server_side=True)
        told[host] = handshake(ours, theirs)
    assert told["login.salesforce.com"] == "trusted"
    assert "permitted subtree violation" in told["example.com"]


def handshake(ours: ssl.SSLObject, theirs: ssl.SSLObject) -> str:
    for _ in range(8):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError as refused:
                return str(refused)
            if side is ours:
                return "trusted"
    return "unfinished"


def test_the_authority_is_made_once(tmp_path: Path) -> None:
    first = make_authority(DOMAINS, tmp_path).certificate.read_bytes()
    assert make_authority(DOMAINS, tmp_path).certificate.read_bytes() == first
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0
