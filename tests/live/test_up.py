"""What ``sandbox up`` tells is true: addresses, credentials, calls."""

from __future__ import annotations

import hmac
import json
import os
import signal
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.drivers.serving import Ports
from sandbox.live.starting import cast_of
from sandbox.live.up import Stand, Wanted
from tests.live.ports import Answer, World, ask, on_disk, standing

KEYS = {
    "crm": {"username", "password", "security_token", "consumer_key", "consumer_secret", "access_token"},
    "psa": {"access_token"},
    "hris": {"tenant", "username", "password"},
    "erp": {"account", "consumer_key", "consumer_secret", "token_id", "token_secret"},
    "revenue": {"user", "password", "role", "clientname"},
}


def test_credentials_are_keyed_as_client_libraries_name_them(world: World) -> None:
    told = world.told
    assert set(told) == {"control", "systems", "gateway"}
    assert {name: set(told["systems"][name]["credentials"]) for name in KEYS} == KEYS
    assert len({system["url"] for system in told["systems"].values()} | {told["control"]["url"]}) == 7


def erp(world: World, method: str, path: str, body: bytes = b"") -> Answer:
    """A request signed by another library, with the wall clock of this machine."""
    known = world.credentials("erp")
    library: Any = import_module("authlib.oauth1.rfc5849.client_auth").ClientAuth
    client = library(
        known["consumer_key"],
        known["consumer_secret"],
        known["token_id"],
        known["token_secret"],
        signature_method="HMAC-SHA256",
        realm=known["account"],
    )
    library.register_signature_method("HMAC-SHA256", _hmac_sha256)
    url = world.url("erp", path)
    _, headers, _ = client.prepare(method, url, {}, None)
    return ask(url, method, body or None, authorization=headers["Authorization"], content_type="application/json")


def _hmac_sha256(client: Any, request: Any) -> str:
    base: str = import_module("authlib.oauth1.rfc5849.signature").generate_signature_base_string(request)
    key = f"{quote(client.client_secret)}&{quote(client.token_secret)}"
    return b64encode(hmac.new(key.encode(), base.encode(), sha256).digest()).decode()


def test_every_system_lets_its_credentials_in_and_no_others(world: World) -> None:
    assert world.crm("GET", "/services/data/v59.0/query?q=SELECT+Id+FROM+Account").json()["done"] is True
    assert world.psa("GET", "users/me.json").json()["count"] == 1
    report = world.url("hris", f"/ccx/service/customreport2/{world.credentials('hris')['tenant']}/ISU_PSA/Workers_Full")
    entries = ask(f"{report}?format=json", authorization=world.basic("hris", "username")).json()["Report_Entry"]
    assert entries
    assert erp(world, "GET", "/services/rest/record/v1/job").status == 200
    login = ask(
        world.url("revenue", "/api/integration/v1/authenticate"),
        "POST",
        authorization=world.basic("revenue", "user"),
        role=world.credentials("revenue")["role"],
        clientname=world.credentials("revenue")["clientname"],
    )
    assert (login.status, bool(login.headers["revpro-token"])) == (200, True)
    token = world.credentials("files")["access_token"]
    assert ask(world.url("files", "/v1/bank/out"), authorization=f"Bearer {token}").status == 200
    for system, path in (
        ("crm", "/services/data/v59.0/limits"),
        ("psa", "/api/v1/users/me"),
        ("hris", "/ccx/service/customreport2/sandbox/ISU_PSA/Workers_Full?format=json"),
        ("erp", "/services/rest/record/v1/job"),
        ("revenue", "/api/integration/v1/programs"),
        ("files", "/v1/bank/out"),
    ):
        assert ask(world.url(system, path), authorization="Bearer nobody").status in (400, 401), system


def test_forty_days_later_tokens_have_expired_where_they_do_and_a_client_of_wall_time_still_signs(
    world: World,
) -> None:
    before = world.advance(by="40d")
    assert (before["state"], before["now"]) == ("ready", "2026-02-28T00:00:00Z")
    assert world.crm("GET", "/services/data/v59.0/limits").json()[0]["errorCode"] == "INVALID_SESSION_ID"
    assert erp(world, "GET", "/services/rest/record/v1/job").status == 200


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_command_says_where_everything_is_and_leaves_when_told(tmp_path: Path, ending: signal.Signals) -> None:
    command = [sys.executable, "-m", "sandbox.cli", "up", "--json", "--seed-only", "--data", "world"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert ask(f"{told['control']['url']}/_sandbox/health").json()["status"] == "ok"
        status = subprocess.run(
            [sys.executable, "-m", "sandbox.cli", "clock", "status", "--json"],
            cwd=tmp_path, capture_output=True, text=True, check=True, env=environment,
        )  # fmt: skip
        assert json.loads(status.stdout)["mode"] == "stepped"
        process.send_signal(ending)
        _, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (0, "saved in world\n")
    assert (tmp_path / "world" / "world" / "crm.sqlite").is_file()
    assert not (tmp_path / ".sandbox" / "up.json").exists()


def test_a_world_on_disk_goes_on_where_it_was(tmp_path: Path) -> None:
    with on_disk(tmp_path) as world:
        assert world.account("Kept Inc").status == 201
        world.advance(by="3d")
    with on_disk(tmp_path) as world:
        assert world.stand.resumed
        assert world.control("GET", "health").json()["now"] == "2026-01-22T00:00:00Z"
        query = "/services/data/v59.0/query?q=SELECT+Id+FROM+Account+WHERE+Name='Kept+Inc'"
        token = world.crm_login(world.credentials("crm")["username"], world.credentials("crm")["password"])
        assert world.crm("GET", query, token=token).json()["totalSize"] == 1


def test_beyond_loopback_the_control_port_asks_for_its_token() -> None:
    with standing(host="0.0.0.0") as world:  # noqa: S104 - what the test is about
        world.told["control"]["url"] = world.told["control"]["url"].replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        assert world.control("GET", "health").status == 200
        refused = world.control("GET", "clock")
        assert (refused.status, refused.json()["error"]["code"]) == (401, "no_token")
        assert world.control("GET", "clock", token=world.told["control"]["token"]).status == 200


def test_ports_follow_the_base_one_for_each_system() -> None:
    opened: list[int] = []

    def open_(_: Ports, __: object, port: int = 0) -> int:
        opened.append(port)
        return port

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Ports, "open", open_)
        stand = Stand(cast_of("tiny-thread", seed_only=True), Wanted(port_base=9000))
    stand.live.stage.close()
    assert opened == list(range(9000, 9007))
    assert list(stand.urls) == ["control", "crm", "psa", "hris", "erp", "revenue", "files"]
