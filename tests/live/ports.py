"""A living world on real ports, and a client that knows nothing of it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.live.starting import cast_of
from sandbox.live.up import Stand, Wanted


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(url: str, method: str = "GET", body: Any = None, *, seconds: float = 30, **headers: str) -> Answer:
    """One request on a connection of its own. A body that is no text or bytes goes out as JSON."""
    parts = urlsplit(url)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None and not isinstance(body, str | bytes):
        body = json.dumps(body)
        sent.setdefault("content-type", "application/json")
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=seconds)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, sent)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


class World:
    """Shorthand for a stand: its ports, credentials and control port."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.told = stand.describe()

    def url(self, system: str, path: str = "") -> str:
        return f"{self.told['systems'][system]['url']}{path}"

    def credentials(self, system: str) -> dict[str, str]:
        found: dict[str, str] = self.told["systems"][system]["credentials"]
        return found

    def control(self, method: str, path: str, body: Any = None, token: str = "") -> Answer:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return ask(f"{self.told['control']['url']}/_sandbox/{path}", method, body, seconds=60, **headers)

    def advance(self, **how: Any) -> Any:
        answer = self.control("POST", "clock/advance", how)
        assert answer.status == 200, answer.body
        return answer.json()

    # -- the CRM ---------------------------------------------------------------------------------------------------

    def crm(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        token = token or self.credentials("crm")["access_token"]
        return ask(self.url("crm", path), method, body, authorization=f"Bearer {token}")

    def account(self, name: str, token: str | None = None) -> Answer:
        return self.crm("POST", "/services/data/v59.0/sobjects/Account", {"Name": name}, token)

    def crm_login(self, username: str, password: str) -> str:
        known = self.credentials("crm")
        form = {
            "grant_type": "password", "client_id": known["consumer_key"], "client_secret": known["consumer_secret"],
            "username": username, "password": password,
        }  # fmt: skip
        answer = ask(
            self.url("crm", "/services/oauth2/token"),
            "POST",
            urlencode(form),
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status == 200, answer.body
        token: str = answer.json()["access_token"]
        return token

    # -- others ----------------------------------------------------------------------------------------------------

    def psa(self, method: str, path: str, body: Any = None) -> Answer:
        token = self.credentials("psa")["access_token"]
        return ask(self.url("psa", f"/api/v1/{path}"), method, body, authorization=f"Bearer {token}")

    def basic(self, system: str, user: str) -> str:
        known = self.credentials(system)
        return "Basic " + b64encode(f"{known[user]}:{known['password']}".encode()).decode()


@contextmanager
def standing(scenario: str = "tiny-thread", *, seed_only: bool = True, **wanted: Any) -> Iterator[World]:
    """A world on free ports, gone afterwards."""
    made = {name: wanted.pop(name) for name in ("interface", "engine", "tenant") if name in wanted}
    stand = Stand(cast_of(scenario, seed_only=seed_only, **made), Wanted(**wanted))
    stand.start()
    try:
        yield World(stand)
    finally:
        stand.close()


def on_disk(folder: Path) -> Any:
    """A world that lives in a folder."""
    return standing(data=folder)
