"""Signed calls of the ERP, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from mocks.erp.system import Erp
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import Clock, ManualClock, epoch_of
from sandbox.core.damage import FaultPort, NoFaults
from sandbox.core.observe import CommitObserver, Unobserved
from sandbox.core.periods import Period
from sandbox.core.signing import authorization, base_string, signature, signed_params
from sandbox.core.tenants import ErpAccount, ErpEmployee, ErpItem, ErpSubsidiary, ErpTenant, StandardCost
from sandbox.core.wire import Request, Response, dumps

EPOCH = epoch_of(date(2026, 1, 12))
HOST = "erp.sandbox.test"
RECORD = "/services/rest/record/v1"
SUITEQL = "/services/rest/query/v1/suiteql"
ACCOUNT, CONSUMER, TOKEN = "1234567_SB1", ("ck", "cs"), ("tk", "ts")
FINANCE = {"x-sandbox-person": "finance@firm.example", "authorization": "Sandbox finance-token"}

CHART = (
    ("1000", "Bank", "Bank"),
    ("1100", "Trade receivables", "AcctRec"),
    ("1105", "Unbilled receivable", "OthCurrAsset"),
    ("2100", "Contract liability", "DeferRevenue"),
    ("2150", "Unapplied cash", "OthCurrLiab"),
    ("2300", "Output VAT/GST", "OthCurrLiab"),
    ("4000", "Revenue, time and materials", "Income"),
    ("5000", "Project labour cost", "COGS"),
    ("6000", "Salaries and on-cost", "Expense"),
    ("6090", "Labour absorbed into projects", "Expense"),
)


def tenant() -> ErpTenant:
    """Three entities (one without minor units), two roles, periods around January 2026, 2025 closed."""
    return ErpTenant(
        account=ACCOUNT,
        consumer_key=CONSUMER[0],
        consumer_secret=CONSUMER[1],
        token_id=TOKEN[0],
        token_secret=TOKEN[1],
        subsidiaries=(
            ErpSubsidiary("US", "Firm Inc", "US", "USD", Decimal(0)),
            ErpSubsidiary("UK", "Firm Ltd", "GB", "GBP", Decimal("0.2")),
            ErpSubsidiary("JP", "Firm KK", "JP", "JPY", Decimal("0.1")),
        ),
        chart=tuple(ErpAccount(*each) for each in CHART),
        periods=tuple(Period(2025, month) for month in (11, 12)) + tuple(Period(2026, month) for month in range(1, 5)),
        closed=(Period(2025, 11), Period(2025, 12)),
        items=(
            ErpItem("SVC-CONS", "Consultant", "consultant"),
            ErpItem("SVC-PART", "Partner", "partner"),
            ErpItem("FIXED", "Fixed fee"),
        ),
        standard_costs=(
            StandardCost("consultant", "UK", date(2025, 1, 1), Decimal("50.00")),
            StandardCost("consultant", "UK", date(2026, 2, 1), Decimal("55.25")),
            StandardCost("consultant", "JP", date(2025, 1, 1), Decimal(7001)),
            StandardCost("partner", "UK", date(2026, 1, 15), Decimal(120)),
        ),
        employees=(
            ErpEmployee("W-1", "Ada", "Byron", "ada@firm.example", "UK", "consultant", date(2024, 5, 1)),
            ErpEmployee("W-2", "Ken", "Ito", "ken@firm.example", "JP", "consultant", date(2024, 5, 1)),
        ),
        people={"finance@firm.example": "finance-token"},
    )


def make(clock: Clock | None = None, observer: CommitObserver | None = None, faults: FaultPort | None = None) -> Erp:
    context = Context(clock or ManualClock(EPOCH), Chance(1), observer or Unobserved(), faults or NoFaults())
    return Erp(context, tenant())


def oauth(nonce: str, stamp_s: int = 1_768_176_000) -> dict[str, str]:
    return {
        "realm": ACCOUNT,
        "oauth_consumer_key": CONSUMER[0],
        "oauth_token": TOKEN[0],
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(stamp_s),
        "oauth_nonce": nonce,
        "oauth_version": "1.0",
    }


def sign(
    request: Request, params: dict[str, str], *, scheme: str = "https", secrets: tuple[str, str] = ("cs", "ts")
) -> Request:
    """The request with an Authorization header made of these parameters."""
    base = base_string(
        request.method, f"{scheme}://{request.host}{request.path}", signed_params(params, request.param_list())
    )
    request.headers["authorization"] = authorization({**params, "oauth_signature": signature(base, *secrets)})
    return request


_NONCES = count()


def signed(
    method: str,
    path: str,
    body: Any = None,
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    nonce: str | None = None,
) -> Request:
    """A ready request; each call has a nonce of its own unless one is given."""
    content = body if isinstance(body, bytes) else b"" if body is None else dumps(body)
    request = Request(method, path, query, {"host": HOST, **(headers or {})}, content)
    if content:
        request.headers["content-type"] = "application/json"
    return sign(request, oauth(nonce or f"n{next(_NONCES)}"))


class Caller:
    """Calls of one mock."""

    def __init__(self, mock: Erp) -> None:
        self.mock = mock

    def call(self, method: str, path: str, body: Any = None, **rest: Any) -> Response:
        return self.mock.handle(signed(method, f"{RECORD}/{path}", body, **rest))

    def post(self, record: str, body: Any, **rest: Any) -> str:
        """The id of a created record."""
        return created(self.call("POST", record, body, **rest))

    def put(self, record: str, external_id: str, body: Any) -> str:
        """The id of an upserted record."""
        return created(self.call("PUT", f"{record}/eid:{external_id}", body))

    def patch(self, record: str, key: str, body: Any, query: str = "") -> Response:
        return self.call("PATCH", f"{record}/{key}", body, query=query)

    def get(self, record: str, key: str, query: str = "") -> dict[str, Any]:
        response = self.call("GET", f"{record}/{key}", query=query)
        assert response.status == 200, response.body
        content: dict[str, Any] = response.json()
        return content

    def ask(self, text: str, *params: Any, query: str = "") -> Response:
        body = {"q": text, "params": list(params)} if params else {"q": text}
        return self.mock.handle(signed("POST", SUITEQL, body, query=query, headers={"prefer": "transient"}))

    def rows(self, text: str, *params: Any, query: str = "") -> list[dict[str, Any]]:
        """Rows of a query without their links."""
        response = self.ask(text, *params, query=query)
        assert response.status == 200, response.body
        return [{name: value for name, value in item.items() if name != "links"} for item in response.json()["items"]]

    def act(self, action: str, **form: Any) -> Response:
        return self.mock.handle(Request("POST", f"/_sandbox/ui/{action}", headers=dict(FINANCE), body=dumps(form)))

    # -- a world to work in ---------------------------------------------------------------------------------------

    def client(self, code: str = "C-1", subsidiary: str = "UK", country: str = "GB", **more: Any) -> str:
        body = {
            "companyName": f"Client {code}",
            "subsidiary": {"externalId": subsidiary},
            "custentity_country": country,
            **more,
        }
        return self.put("customer", code, body)

    def project(self, code: str = "P-1", client: str = "C-1", subsidiary: str = "UK", **more: Any) -> str:
        body = {
            "companyName": f"Project {code}",
            "entityId": f"PRJ-{code}",
            "parent": {"externalId": client},
            "subsidiary": {"externalId": subsidiary},
            **more,
        }
        return self.put("job", code, body)

    def time(self, code: str = "T-1", **more: Any) -> str:
        return self.put("timeBill", code, time_body(**more))

    def world(self) -> Caller:
        """A client with a project in the UK."""
        self.client()
        self.project()
        return self


def time_body(**more: Any) -> dict[str, Any]:
    """Approved billable time of two and a half hours at 150."""
    body = {
        "employee": {"externalId": "W-1"},
        "customer": {"externalId": "P-1"},
        "item": {"externalId": "SVC-CONS"},
        "hours": "2:30",
        "tranDate": "2026-01-13",
        "isBillable": True,
        "rate": Decimal(150),
        "approvalStatus": {"id": "3"},
        "custcol_contract_line": "CL-1",
    }
    return {name: value for name, value in {**body, **more}.items() if value is not ...}


def invoice_body(*docs: str, **more: Any) -> dict[str, Any]:
    """An invoice that applies time by external id."""
    body: dict[str, Any] = {
        "entity": {"externalId": "C-1"},
        "job": {"externalId": "P-1"},
        "tranDate": "2026-01-31",
    }
    if docs:
        body["time"] = {"items": [{"apply": True, "doc": {"externalId": doc}} for doc in docs]}
    return {**body, **more}


def fixed(price: str, contract_line: str = "CL-2", **more: Any) -> dict[str, Any]:
    """An item sublist of one fixed amount."""
    item = {
        "item": {"externalId": "FIXED"},
        "quantity": 1,
        "rate": Decimal(price),
        "custcol_contract_line": contract_line,
        **more,
    }
    return {"items": [item]}


def created(response: Response) -> str:
    assert response.status == 204, response.body
    assert response.body == b""
    return (response.header("Location") or "").rpartition("/")[2]


def error(response: Response) -> tuple[int, str, str]:
    """Status, code and path (or header, or parameter) of a refusal."""
    (detail,) = response.json()["o:errorDetails"]
    where = [value for name, value in detail.items() if name.startswith("o:error") and name != "o:errorCode"]
    return response.status, detail["o:errorCode"], where[0] if where else ""


def text_of(response: Response) -> str:
    """The detail of a refusal."""
    detail: str = response.json()["o:errorDetails"][0]["detail"]
    return detail
