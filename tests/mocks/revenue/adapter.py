"""What the conformance suite needs to know of the revenue system."""

from __future__ import annotations

from mocks.kit.app import Mock
from mocks.revenue.records import READY
from mocks.revenue.rules import RC_TEMPLATE
from mocks.revenue.templates import PSA_TXN
from sandbox.core.clock import SECOND_US, Clock, ManualClock
from sandbox.core.damage import FaultPort
from sandbox.core.observe import CommitObserver
from sandbox.core.wire import Request, Response, dumps
from tests.mocks.revenue import client


class Adapter:
    """Uploads create; the ledger lines they end up as are read by pages."""

    name = "revenue"

    def __init__(self) -> None:
        self._clock = ManualClock(client.EPOCH)
        self._mock = client.make(self._clock)
        self._batch = "0"

    def make(
        self, clock: Clock | None = None, observer: CommitObserver | None = None, faults: FaultPort | None = None
    ) -> Mock:
        if clock is None or isinstance(clock, ManualClock):
            self._clock = clock or ManualClock(client.EPOCH)
        self._mock = client.make(clock or self._clock, observer, faults)
        return self._mock

    def read(self) -> Request:
        return Request("GET", client.BASE + "/revenue-orgs", headers=self._headers())

    def create(self, n: int) -> Request:
        rows = [client.order(so_num=f"P-{n}", so_line_id=f"P-{n}-1", right_to_bill="Y")]
        return self._upload(client.table(PSA_TXN, rows), f"orders-{n}.csv")

    def bad_token(self) -> Request:
        return Request("GET", client.BASE + "/revenue-orgs", headers={"token": "eyJ.eyJ.x"})

    def bad_json(self) -> Request:
        """The body is CSV: a quote that never ends."""
        return self._upload(b'"Type","So Num\n"SO', "broken.csv")

    def unknown_field(self) -> Request | None:
        body = client.table(PSA_TXN, [client.order()]).replace(b"So Num", b"So Nummer")
        return self._upload(body, "unknown.csv")

    def unknown_path(self) -> Request:
        return Request("GET", client.BASE + "/nothing", headers=self._headers())

    def wrong_method(self) -> Request:
        return Request("DELETE", client.BASE + "/journal/list", headers=self._headers())

    def list_page(self, size: int, cursor: str | None) -> Request | None:
        if cursor is None:
            self._batch = self._posted()
        path = f"{client.BASE}/journal/batch/{self._batch}/{cursor or 1}"
        return Request("GET", path, f"pagesize={size}", self._headers())

    def page_content(self, response: Response) -> tuple[list[str], str | None]:
        page = response.json()
        following = str(page["pagenum"] + 1) if page["pagenum"] < page["total_pages"] else None
        return [str(line["line_id"]) for line in page["result"]], following

    def error_ok(self, response: Response) -> bool:
        body = response.json()
        return bool(body["status"] == body["Status"] == "Error" and body["message"] == body["Message"] != "")

    def _posted(self) -> str:
        """Stage, collect and run what has been created; the id of the revenue batch, 0 when nothing has been."""
        collection = dumps({"rc_template_name": RC_TEMPLATE, "org_id": 1})
        self._wait(20)
        self._mock.handle(
            Request("POST", client.BASE + "/job/collection/template", headers=self._headers(), body=collection)
        )
        self._wait(60)
        form = dumps({"org": "US", "period": "2026-01"})
        self._mock.handle(Request("POST", "/_sandbox/ui/run_period", headers=dict(client.ACCOUNTANT), body=form))
        batch = self._mock.store.one("batch", {"status": READY, "kind": "Revenue"})
        return "0" if batch is None else str(batch["id"])

    def _wait(self, seconds: int) -> None:
        self._clock.advance_to(self._clock.now_us() + seconds * SECOND_US)
        self._mock.run_due()

    def _upload(self, body: bytes, filename: str) -> Request:
        headers = {**self._headers(), "templatename": PSA_TXN.name, "filename": filename}
        return Request("POST", client.BASE + "/csv/upload", headers=headers, body=body)

    def _headers(self) -> dict[str, str]:
        # Minted as the mock would, without a request of its own: the suite counts requests and commits.
        return {"token": self._mock.tokens.issue(0)}
