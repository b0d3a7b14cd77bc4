"""What the conformance suite needs to know of the file partners."""

from __future__ import annotations

from mocks.kit.app import Mock
from sandbox.core.clock import Clock
from sandbox.core.damage import FaultPort
from sandbox.core.observe import CommitObserver
from sandbox.core.wire import Request, Response
from tests.mocks.files import client


class Adapter:
    """Folders list, files are put; a listing is never paged."""

    name = "files"

    def make(
        self, clock: Clock | None = None, observer: CommitObserver | None = None, faults: FaultPort | None = None
    ) -> Mock:
        return client.make(clock, observer, faults)

    def read(self) -> Request:
        return Request("GET", "/v1/payroll/in", headers=dict(client.CUSTOMER))

    def create(self, n: int) -> Request:
        path = f"/v1/payroll/in/time-UK-2026-01-12-2026-01-25-{n}.csv"
        return Request(
            "PUT", path, headers=dict(client.CUSTOMER), body=f"H,UK,2026-01-12,2026-01-25,{n},0,0\n".encode()
        )

    def bad_token(self) -> Request:
        return Request("GET", "/v1/payroll/in", headers={"authorization": "Bearer other"})

    def bad_json(self) -> Request:
        request = self.create(1)
        request.body = b"H,\xff\xfe"
        return request

    def unknown_field(self) -> None:
        """A file with cells too many is taken and refused later, by a result file."""
        return

    def unknown_path(self) -> Request:
        return Request("GET", "/v2/bank", headers=dict(client.CUSTOMER))

    def wrong_method(self) -> Request:
        return Request("DELETE", "/v1/payroll/in/x.csv", headers=dict(client.CUSTOMER))

    def list_page(self, size: int, cursor: str | None) -> None:
        """A folder is listed whole."""
        return

    def page_content(self, response: Response) -> tuple[list[str], str | None]:
        raise AssertionError("a folder has no pages")

    def error_ok(self, response: Response) -> bool:
        return sorted(response.json()["error"]) == ["code", "message"]
