"""What the conformance suite needs to know of the HRIS."""

from __future__ import annotations

from mocks.hris.system import Hris
from mocks.kit.app import Mock
from sandbox.core.clock import Clock
from sandbox.core.damage import FaultPort
from sandbox.core.observe import CommitObserver
from sandbox.core.wire import Request, Response, dumps
from tests.mocks.hris import client


class Adapter:
    """Reports read, the person surface creates; reports have no pages."""

    name = "hris"

    def make(
        self, clock: Clock | None = None, observer: CommitObserver | None = None, faults: FaultPort | None = None
    ) -> Mock:
        return client.make(clock, observer, faults)

    def read(self) -> Request:
        return Request("GET", client.BASE + "Workers_Full", "format=json", dict(client.BASIC))

    def create(self, n: int) -> Request:
        form = {
            "employee_id": f"W-{1000 + n}",
            "first_name": "New",
            "last_name": str(n),
            "email": f"n{n}@firm.example",
            "hire_date": "2026-01-19",
            "grade": "analyst",
            "company": "UK",
            "location": "London",
        }
        return Request("POST", "/_sandbox/ui/hire", headers=dict(client.HR), body=dumps(form))

    def bad_token(self) -> Request:
        return Request("GET", client.BASE + "Workers_Full", "format=json", {"authorization": "Basic eDp5"})

    def bad_json(self) -> Request:
        return Request("POST", "/_sandbox/ui/hire", headers=dict(client.HR), body=b'{"employee_id": ')

    def unknown_field(self) -> Request | None:
        request = self.create(1)
        request.body = request.body[:-1] + b',"salary":1}'
        return request

    def unknown_path(self) -> Request:
        return Request("GET", "/ccx/nothing", headers=dict(client.BASIC))

    def wrong_method(self) -> Request:
        return Request("DELETE", client.BASE + "Workers_Full", headers=dict(client.BASIC))

    def list_page(self, size: int, cursor: str | None) -> None:
        """Workday reports are not paged (hris-workday.md section 3.2)."""
        return

    def page_content(self, response: Response) -> tuple[list[str], str | None]:
        raise AssertionError("reports have no pages")

    def error_ok(self, response: Response) -> bool:
        body = response.json()
        return isinstance(body.get("errors"), list)

    def stored(self, mock: Mock) -> int:
        assert isinstance(mock, Hris)
        return sum(len(rows) for rows in mock.dump().values())
