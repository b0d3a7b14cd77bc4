"""What the conformance suite needs to know of the ERP."""

from __future__ import annotations

from mocks.kit.app import Mock
from sandbox.core.clock import Clock
from sandbox.core.damage import FaultPort
from sandbox.core.observe import CommitObserver
from sandbox.core.wire import Request, Response
from tests.mocks.erp import client

_CUSTOMER = f"{client.RECORD}/customer"


class Adapter:
    """Customers are created and listed, a subsidiary's list is read. Nonces are those of the request."""

    name = "erp"

    def make(
        self, clock: Clock | None = None, observer: CommitObserver | None = None, faults: FaultPort | None = None
    ) -> Mock:
        return client.make(clock, observer, faults)

    def read(self) -> Request:
        return client.signed("GET", f"{client.RECORD}/subsidiary", nonce="read")

    def create(self, n: int) -> Request:
        return self._post({}, f"create{n}", n)

    def bad_token(self) -> Request:
        request = client.signed("GET", f"{client.RECORD}/subsidiary", nonce="bad")
        return client.sign(request, {**client.oauth("bad"), "oauth_token": "nobodys"})

    def bad_json(self) -> Request:
        return client.signed("POST", _CUSTOMER, b'{"companyName": ', nonce="json")

    def unknown_field(self) -> Request | None:
        return self._post({"favouriteColour": "blue"}, "unknown", 1)

    def unknown_path(self) -> Request:
        return client.signed("GET", "/services/rest/nothing", nonce="path")

    def wrong_method(self) -> Request:
        return client.signed("GET", client.SUITEQL, nonce="method")

    def list_page(self, size: int, cursor: str | None) -> Request | None:
        offset = cursor or "0"
        return client.signed("GET", _CUSTOMER, query=f"limit={size}&offset={offset}", nonce=f"list{offset}")

    def page_content(self, response: Response) -> tuple[list[str], str | None]:
        page = response.json()
        following = str(page["offset"] + page["count"]) if page["hasMore"] else None
        return [item["id"] for item in page["items"]], following

    def error_ok(self, response: Response) -> bool:
        body = response.json()
        details = body["o:errorDetails"]
        return bool(body["status"] == response.status) and {"detail", "o:errorCode"} <= details[0].keys()

    def _post(self, more: dict[str, str], nonce: str, n: int) -> Request:
        body = {
            "companyName": f"Client {n}",
            "subsidiary": {"externalId": "UK"},
            "externalId": f"C-{n}",
            **more,
        }
        headers = {"x-netsuite-propertynamevalidation": "error"}
        return client.signed("POST", _CUSTOMER, body, headers=headers, nonce=nonce)
