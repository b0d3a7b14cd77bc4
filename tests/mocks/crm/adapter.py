"""What the conformance suite needs to know of the CRM."""

from __future__ import annotations

from mocks.kit.app import Mock
from sandbox.core.clock import Clock
from sandbox.core.damage import FaultPort
from sandbox.core.observe import CommitObserver
from sandbox.core.wire import Request, Response
from tests.mocks.crm import client


class Adapter:
    """Accounts are created and read. Tokens count logins: the first of every fresh mock is the same."""

    name = "crm"

    def __init__(self) -> None:
        self._client = client.Client()
        self._offset = 0
        self._size = 0

    def make(
        self, clock: Clock | None = None, observer: CommitObserver | None = None, faults: FaultPort | None = None
    ) -> Mock:
        # Logged in through a quiet twin: an armed fault is meant for the request under test, not for the login.
        mock = client.make(clock, observer, faults)
        mock.volatile.update(client.Client().mock.volatile)
        # The suite moves the clock past the idle limit without logging in again.
        client.keep_alive(mock)
        return mock

    def read(self) -> Request:
        return self._client.request("GET", "query", query="q=SELECT+Id,Name+FROM+Account+ORDER+BY+Name")

    def create(self, n: int) -> Request:
        return self._client.request("POST", "sobjects/Account", {"Name": f"Client {n}", "AccountNumber": f"N-{n}"})

    def bad_token(self) -> Request:
        request = self.read()
        request.headers["authorization"] = "Bearer nobody"
        return request

    def bad_json(self) -> Request:
        return self._client.request("POST", "sobjects/Account", b'{"Name": ')

    def unknown_field(self) -> Request | None:
        return self._client.request("POST", "sobjects/Account", {"Name": "Client", "Nmae": "Client"})

    def unknown_path(self) -> Request:
        return self._client.request("GET", "nothing/here")

    def wrong_method(self) -> Request:
        return self._client.request("PUT", "sobjects/Account", {"Name": "Client"})

    def list_page(self, size: int, cursor: str | None) -> Request | None:
        """Pages below the vendor's smallest by LIMIT and OFFSET; the cursor is the next offset."""
        self._offset, self._size = int(cursor or 0), size
        soql = f"SELECT+Id+FROM+Account+ORDER+BY+CreatedDate,Id+LIMIT+{size}+OFFSET+{self._offset}"
        return self._client.request("GET", "query", query=f"q={soql}")

    def page_content(self, response: Response) -> tuple[list[str], str | None]:
        ids = [record["Id"] for record in response.json()["records"]]
        return ids, str(self._offset + self._size) if len(ids) == self._size else None

    def error_ok(self, response: Response) -> bool:
        body = response.json()
        return isinstance(body, list) and all({"message", "errorCode"} <= each.keys() for each in body)
