"""Ports: how soon five systems are ready, and what each serves per second against empty views of the same server."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from urllib.request import Request, urlopen

import orjson

from sandbox.core.signing import base_string, signature, signed_params
from sandbox.core.wire import loads
from sandbox.drivers.loading import keep_busy

_REQUESTS = 600
Told = Mapping[str, Any]
# A request as bytes, by its number.
Builder = Callable[[int], bytes]


def ready_seconds(times: int) -> float:
    """Median seconds from the start of ``sandbox up`` to its JSON line."""
    command = [sys.executable, "-m", "sandbox.cli", "up", "--json", "--seed-only"]
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        with _serving(command):
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def rates(say: Callable[[str], None]) -> dict[str, dict[str, float]]:
    """Requests per second by system and kind of request, and their ratio to the floor measured right before."""
    found: dict[str, dict[str, float]] = {}
    with _serving([sys.executable, "-m", "sandbox.bench.server"]) as told:
        for system, kinds in _workloads(told).items():
            for kind, (builder, status) in kinds.items():
                say(f"bench: {system} {kind}")
                floor = _rate(told["floor"], _floor(told, kind), 201 if kind in _CREATES else 200)
                rate = _rate(told["systems"][system]["url"], builder, status)
                found.setdefault(system, {})[kind] = round(rate)
                found[system][f"{kind}_ratio"] = round(rate / floor, 2)
    return found


_CREATES = ("create", "validated create")


def _rate(url: str, builder: Builder, status: int) -> float:
    best = 0.0
    for part in range(2):
        requests = [builder(part * _REQUESTS + number) for number in range(_REQUESTS)]
        seconds, statuses = keep_busy(url, requests)
        if set(statuses) != {status}:
            raise RuntimeError(f"{requests[0]!r} was answered by {statuses}")
        best = max(best, _REQUESTS / seconds)
    return best


@contextmanager
def _serving(command: list[str]) -> Iterator[Told]:
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder) as process,  # noqa: S603 - our own code
    ):
        assert process.stdout is not None
        try:
            yield loads(process.stdout.readline())
        finally:
            process.terminate()
            process.communicate()


def _floor(told: Told, kind: str) -> Builder:
    return lambda _: _raw(told["floor"], "POST" if kind in _CREATES else "GET", "/x", {}, {"n": 1})


def _raw(url: str, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> bytes:
    host = urlsplit(url).netloc
    content = b"" if body is None or method == "GET" else body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if content:
        lines += [f"Content-Length: {len(content)}"]
        if "Content-Type" not in headers:
            lines.append("Content-Type: application/json")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content


def _ask(url: str, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> Any:
    content = orjson.dumps(body) if body is not None else None
    request = Request(  # noqa: S310 - our own loopback ports
        url + path, content, {"Content-Type": "application/json", **headers}, method=method
    )
    with urlopen(request) as answer:  # noqa: S310
        sent = answer.read()
        return loads(sent) if sent else answer.headers


def _workloads(told: Told) -> dict[str, dict[str, tuple[Builder, int]]]:
    return {
        "crm": _crm(told["systems"]["crm"]),
        "psa": _psa(told["systems"]["psa"]),
        "hris": _hris(told["systems"]["hris"]),
        "erp": _erp(told["systems"]["erp"]),
        "revenue": _revenue(told["systems"]["revenue"]),
    }


def _crm(told: Told) -> dict[str, tuple[Builder, int]]:
    url, known = told["url"], told["credentials"]
    auth = {"Authorization": f"Bearer {known['access_token']}"}
    base = "/services/data/v59.0"
    account = _ask(url, "POST", f"{base}/sobjects/Account", auth, {"Name": "Bench"})["id"]
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-03-31", "AccountId": account}
    query = quote("SELECT Id, Name FROM Account WHERE Name = 'Bench 7' LIMIT 50")
    return {
        "create": (lambda n: _raw(url, "POST", f"{base}/sobjects/Account", auth, {"Name": f"Bench {n}"}), 201),
        "read": (lambda _: _raw(url, "GET", f"{base}/sobjects/Account/{account}", auth), 200),
        "filtered list": (lambda _: _raw(url, "GET", f"{base}/query?q={query}", auth), 200),
        "validated create": (lambda _: _raw(url, "POST", f"{base}/sobjects/Opportunity", auth, deal), 201),
    }


def _psa(told: Told) -> dict[str, tuple[Builder, int]]:
    url, auth = told["url"], {"Authorization": f"Bearer {told['credentials']['access_token']}"}
    project = {"workspace": {"title": "Bench", "creator_role": "maven"}}
    workspace = _first(_ask(url, "POST", "/api/v1/workspaces.json", auth, project))
    story = {"story": {"workspace_id": workspace, "title": "Work", "story_type": "task"}}
    task = _first(_ask(url, "POST", "/api/v1/stories.json", auth, story))
    entry = {
        "workspace_id": workspace,
        "story_id": task,
        "date_performed": "2026-01-05",
        "time_in_minutes": 60,
        "billable": False,
    }
    entries = "/api/v1/time_entries.json"
    made = _first(_ask(url, "POST", entries, auth, {"time_entry": entry}))
    listed = f"{entries}?workspace_id={workspace}&date_performed_between=2026-01-04:2026-01-04"
    return {
        "create": (lambda n: _raw(url, "POST", "/api/v1/skills.json", auth, {"skill": {"name": f"Skill {n}"}}), 200),
        "read": (lambda _: _raw(url, "GET", f"/api/v1/time_entries/{made}.json", auth), 200),
        "filtered list": (lambda _: _raw(url, "GET", listed, auth), 200),
        "validated create": (lambda n: _raw(url, "POST", entries, auth, {"time_entry": {**entry, **_day(n)}}), 200),
    }


def _day(number: int) -> dict[str, str]:
    """No day takes more than 24 hours."""
    return {"date_performed": (date(2025, 1, 1) + timedelta(days=number // 20)).isoformat()}


def _first(answer: Mapping[str, Any]) -> str:
    return str(answer["results"][0]["id"])


def _hris(told: Told) -> dict[str, tuple[Builder, int]]:
    url, known = told["url"], told["credentials"]
    basic = b64encode(f"{known['username']}:{known['password']}".encode()).decode()
    auth = {"Authorization": f"Basic {basic}"}
    report = f"/ccx/service/customreport2/{known['tenant']}/ISU_PSA"
    between = {"Updated_From": "2026-01-01T00:00:00Z", "Updated_Through": "2026-01-02T00:00:00Z"}
    window = urlencode({"format": "json", **between})
    return {
        "read": (lambda _: _raw(url, "GET", f"{report}/Workers_Full?format=json", auth), 200),
        "filtered list": (lambda _: _raw(url, "GET", f"{report}/Workers_Delta?{window}", auth), 200),
    }


def _erp(told: Told) -> dict[str, tuple[Builder, int]]:
    url, known = told["url"], told["credentials"]
    record = "/services/rest/record/v1"

    def signed(method: str, path: str, nonce: str, body: Any = None) -> bytes:
        return _raw(url, method, path, _signature(known, method, url + path, nonce), body)

    customer = {"companyName": "Bench", "externalId": "BENCH", "subsidiary": {"externalId": "UK"}}
    put = f"{record}/customer/eid:BENCH"
    _ask(url, "PUT", put, _signature(known, "PUT", url + put, "set-up"), customer)

    def create(number: int) -> bytes:
        body = {**customer, "companyName": f"Bench {number}", "externalId": f"BENCH-{number}"}
        return signed("POST", f"{record}/customer", f"create{number}", body)

    def upsert(number: int) -> bytes:
        body = {"companyName": f"Job {number}", "parent": {"externalId": "BENCH"}, "subsidiary": {"externalId": "UK"}}
        return signed("PUT", f"{record}/job/eid:JOB-{number}", f"job{number}", body)

    filtered = f"{record}/customer?limit=50&q=" + quote('companyName IS "Bench 7"')
    return {
        "create": (create, 204),
        "read": (lambda n: signed("GET", put, f"read{n}"), 200),
        "filtered list": (lambda n: signed("GET", filtered, f"list{n}"), 200),
        "validated create": (upsert, 204),
    }


def _signature(known: Mapping[str, str], method: str, url: str, nonce: str) -> dict[str, str]:
    oauth = {
        "oauth_consumer_key": known["consumer_key"],
        "oauth_token": known["token_id"],
        "oauth_nonce": nonce,
        "oauth_timestamp": "1767225600",
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_version": "1.0",
    }
    address, _, query = url.partition("?")
    base = base_string(method, address, signed_params(oauth, parse_qsl(query, keep_blank_values=True)))
    signed = {**oauth, "oauth_signature": signature(base, known["consumer_secret"], known["token_secret"])}
    told = ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in signed.items())
    return {"Authorization": f'OAuth realm="{known["account"]}", {told}'}


def _revenue(told: Told) -> dict[str, tuple[Builder, int]]:
    url, known = told["url"], told["credentials"]
    basic = b64encode(f"{known['user']}:{known['password']}".encode()).decode()
    login = {"Authorization": f"Basic {basic}", "role": known["role"], "clientname": known["clientname"]}
    request = Request(f"{url}/api/integration/v1/authenticate", b"", login, method="POST")  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310
        token = {"token": answer.headers["Revpro-Token"]}
    base = "/api/integration/v1"
    return {
        "read": (lambda _: _raw(url, "GET", f"{base}/programs", token), 200),
        "filtered list": (lambda _: _raw(url, "GET", f"{base}/upload/mapping?templatename=PSA_TXN", token), 200),
    }
