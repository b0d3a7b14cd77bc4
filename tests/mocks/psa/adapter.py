"""What the conformance suite needs to know of the PSA."""

from __future__ import annotations

from mocks.kit.app import Mock
from sandbox.core.clock import Clock
from sandbox.core.damage import FaultPort
from sandbox.core.observe import CommitObserver
from sandbox.core.wire import Request, Response, dumps
from tests.mocks.psa import client


class Adapter:
    """Projects are created and listed; paged by page number."""

    name = "psa"

    def make(
        self, clock: Clock | None = None, observer: CommitObserver | None = None, faults: FaultPort | None = None
    ) -> Mock:
        return client.make(clock, observer, faults)

    def read(self) -> Request:
        return Request("GET", "/api/v1/users/me.json", headers=client.headers(client.ADMIN))

    def create(self, n: int) -> Request:
        body = dumps({"workspace": {"title": f"Project {n}", "budgeted": True, "price": 1000 * n, "currency": "EUR"}})
        return Request("POST", "/api/v1/workspaces.json", headers=client.headers(client.ADMIN), body=body)

    def bad_token(self) -> Request:
        return Request("GET", "/api/v1/users/me.json", headers=client.headers("nobody"))

    def bad_json(self) -> Request:
        return Request("POST", "/api/v1/workspaces", headers=client.headers(client.ADMIN), body=b'{"workspace": ')

    def unknown_field(self) -> Request | None:
        """Kantata drops attributes it does not know."""
        return None

    def unknown_path(self) -> Request:
        return Request("GET", "/api/v1/nothing", headers=client.headers(client.ADMIN))

    def wrong_method(self) -> Request:
        return Request("PATCH", "/api/v1/workspaces", headers=client.headers(client.ADMIN))

    def list_page(self, size: int, cursor: str | None) -> Request | None:
        query = f"per_page={size}&page={cursor or 1}&order=created_at:asc"
        return Request("GET", "/api/v1/workspaces", query, client.headers(client.ADMIN))

    def page_content(self, response: Response) -> tuple[list[str], str | None]:
        content = response.json()
        meta = content["meta"]
        following = str(meta["page_number"] + 1) if meta["page_number"] < meta["page_count"] else None
        return client.ids(content), following

    def error_ok(self, response: Response) -> bool:
        errors = response.json()["errors"]
        return bool(errors) and all({"type", "message"} <= error.keys() for error in errors)
