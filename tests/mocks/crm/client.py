"""Authenticated calls of the CRM, for tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from mocks.crm.system import Crm
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import DAY_US, Clock, ManualClock, epoch_of
from sandbox.core.damage import FaultPort, NoFaults
from sandbox.core.observe import CommitObserver, Unobserved
from sandbox.core.tenants import CrmAccount, CrmProduct, CrmTenant, CrmUser
from sandbox.core.wire import Request, Response, dumps

EPOCH = epoch_of(date(2026, 1, 12))
V = "/services/data/v59.0"
HOST = "crm.sandbox.test"
KEY, SECRET = "consumer", "consumer-secret"
USERNAME, PASSWORD = "sales@firm.example", "pw"
OTHER_USERNAME = "sync@firm.example"


def tenant() -> CrmTenant:
    return CrmTenant(
        organization="The Firm",
        consumer_key=KEY,
        consumer_secret=SECRET,
        users=(CrmUser(USERNAME, PASSWORD, "Sally", "Sales"), CrmUser(OTHER_USERNAME, "pw2", "Sync", "Engine")),
        corporate_currency="EUR",
        currencies=("EUR", "USD"),
        products=(
            CrmProduct("CONS", "Consulting", "Services", {"EUR": Decimal(150), "USD": Decimal("165.5")}),
            CrmProduct("FIX", "Fixed fee", "Services", {"EUR": Decimal(1)}),
        ),
        accounts=(
            CrmAccount("C-1", "Acme", "DE", "EUR", "DE123"),
            CrmAccount("C-2", "Globex", "US", "USD"),
            CrmAccount("C-3", "initech", "US", "USD"),
        ),
    )


def make(clock: Clock | None = None, observer: CommitObserver | None = None, faults: FaultPort | None = None) -> Crm:
    context = Context(clock or ManualClock(EPOCH), Chance(1), observer or Unobserved(), faults or NoFaults())
    return Crm(context, tenant())


def login_request(username: str = USERNAME, password: str = PASSWORD, **changed: str) -> Request:
    form = {
        "grant_type": "password",
        "client_id": KEY,
        "client_secret": SECRET,
        "username": username,
        "password": password,
        **changed,
    }
    headers = {"host": HOST, "content-type": "application/x-www-form-urlencoded"}
    return Request("POST", "/services/oauth2/token", headers=headers, body=urlencode(form).encode())


class Client:
    """One user's session with one mock."""

    def __init__(self, mock: Crm | None = None, username: str = USERNAME, password: str = PASSWORD) -> None:
        self.mock = mock or make()
        response = self.mock.handle(login_request(username, password))
        assert response.status == 200, response.body
        self.token = str(response.json()["access_token"])
        self.user_id = str(response.json()["id"])[-18:]

    def send(self, method: str, path: str, body: Any = None, query: str = "", **headers: str) -> Response:
        return self.mock.handle(self.request(method, path, body, query, **headers))

    def request(self, method: str, path: str, body: Any = None, query: str = "", **headers: str) -> Request:
        raw = body if isinstance(body, bytes) else b"" if body is None else dumps(body)
        own = {"host": HOST, "authorization": f"Bearer {self.token}", "content-type": "application/json"}
        own.update({name.replace("_", "-"): value for name, value in headers.items()})
        return Request(method, path if path.startswith("/") else f"{V}/{path}", query, own, raw)

    def create(self, sobject: str, **fields: Any) -> str:
        response = self.send("POST", f"sobjects/{sobject}", fields)
        assert response.status == 201, response.body
        return str(response.json()["id"])

    def get(self, sobject: str, record_id: str, query: str = "") -> dict[str, Any]:
        response = self.send("GET", f"sobjects/{sobject}/{record_id}", query=query)
        assert response.status == 200, response.body
        record: dict[str, Any] = response.json()
        return record

    def update(self, sobject: str, record_id: str, **fields: Any) -> None:
        response = self.send("PATCH", f"sobjects/{sobject}/{record_id}", fields)
        assert response.status == 204, response.body
        assert response.body == b""

    def delete(self, sobject: str, record_id: str) -> None:
        assert self.send("DELETE", f"sobjects/{sobject}/{record_id}").status == 204

    def ask(self, soql: str, **headers: str) -> Response:
        return self.send("GET", "query", query="q=" + quote(soql), **headers)

    def query(self, soql: str) -> list[dict[str, Any]]:
        response = self.ask(soql)
        assert response.status == 200, response.body
        records: list[dict[str, Any]] = response.json()["records"]
        return records

    def column(self, soql: str, name: str = "Name") -> list[Any]:
        return [record[name] for record in self.query(soql)]

    def account(self, name: str = "Acme") -> str:
        return str(self.query(f"SELECT Id FROM Account WHERE Name = '{name}'")[0]["Id"])

    def opportunity(self, name: str = "Deal", **fields: Any) -> str:
        given = {"Name": name, "StageName": "Prospecting", "CloseDate": "2026-03-31", **fields}
        return self.create("Opportunity", **given)

    def entry(self, code: str = "CONS", currency: str = "EUR") -> str:
        soql = f"SELECT Id FROM PricebookEntry WHERE ProductCode = '{code}' AND CurrencyIsoCode = '{currency}'"
        return str(self.query(soql)[0]["Id"])

    def line(self, opportunity: str, **fields: Any) -> str:
        given = {"OpportunityId": opportunity, "PricebookEntryId": self.entry(), "Quantity": 10, "UnitPrice": 150}
        return self.create("OpportunityLineItem", **{**given, **fields})

    def messages(self, *messages: dict[str, Any], token: str | None = None) -> list[dict[str, Any]]:
        chosen = self.token if token is None else token
        response = self.send("POST", "/cometd/59.0", list(messages), authorization=f"Bearer {chosen}")
        assert response.status == 200, response.body
        replies: list[dict[str, Any]] = response.json()
        return replies


def error(response: Response) -> tuple[int, str, list[str] | None]:
    """Status, code and fields of the only error in the body."""
    (only,) = response.json()
    return response.status, only["errorCode"], only.get("fields")


def keep_alive(mock: Crm) -> None:
    """A session that outlives any move of the clock, for tests that log in once."""
    for session in mock.volatile["sessions"].values():
        session["until_us"] = 10_000 * DAY_US
