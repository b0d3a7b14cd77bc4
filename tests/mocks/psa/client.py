"""Authenticated calls of the PSA, for tests: a small firm, one call per verb, and the shortest ways to records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from mocks.kit.app import Context
from mocks.psa.system import Psa
from sandbox.core.chance import Chance
from sandbox.core.clock import Clock, ManualClock, epoch_of
from sandbox.core.damage import FaultPort, NoFaults
from sandbox.core.observe import CommitObserver, Unobserved
from sandbox.core.tenants import PsaRateCard, PsaTenant, PsaUser, RateVersion
from sandbox.core.wire import Request, Response, dumps

EPOCH = epoch_of(date(2026, 1, 12))
BASE = "/api/v1/"
ADMIN, LEAD, ANA, BEN = "admin-token", "lead-token", "ana-token", "ben-token"
EMAILS = {ADMIN: "admin@firm.example", LEAD: "lead@firm.example", ANA: "ana@firm.example", BEN: "ben@firm.example"}
DELIVERY = {"x-sandbox-person": "lead@firm.example", "authorization": "Sandbox lead-person"}


def tenant() -> PsaTenant:
    return PsaTenant(
        account="firm",
        users=(
            PsaUser("Integration User", EMAILS[ADMIN], ADMIN, "administrator"),
            PsaUser("Lea Lead", EMAILS[LEAD], LEAD, "project_lead", "manager", "W-0001"),
            PsaUser("Ana Analyst", EMAILS[ANA], ANA, "collaborator", "analyst", "W-0002"),
            PsaUser("Ben Builder", EMAILS[BEN], BEN, "collaborator", "analyst", "W-0003"),
        ),
        roles=("analyst", "manager", "partner"),
        rate_cards=(
            PsaRateCard(
                "Standard EUR",
                "EUR",
                (
                    RateVersion(date(2025, 1, 1), {"analyst": Decimal(150), "manager": Decimal(250)}),
                    RateVersion(date(2026, 2, 1), {"analyst": Decimal("162.55"), "manager": Decimal(270)}),
                ),
            ),
            PsaRateCard("Standard JPY", "JPY", (RateVersion(date(2025, 1, 1), {"analyst": Decimal(20000)}),)),
        ),
        people={"lead@firm.example": "lead-person"},
    )


def make(clock: Clock | None = None, observer: CommitObserver | None = None, faults: FaultPort | None = None) -> Psa:
    context = Context(clock or ManualClock(EPOCH), Chance(1), observer or Unobserved(), faults or NoFaults())
    return Psa(context, tenant())


def headers(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "content-type": "application/json"}


def send(mock: Psa, method: str, path: str, body: Any = None, token: str = ADMIN, **params: Any) -> Response:
    content = b"" if body is None else dumps(body)
    return mock.handle(Request(method, BASE + path, urlencode(params), headers(token), content))


def ok(response: Response) -> dict[str, Any]:
    assert response.status == 200, response.body
    content: dict[str, Any] = response.json()
    return content


def get(mock: Psa, path: str, token: str = ADMIN, **params: Any) -> dict[str, Any]:
    return ok(send(mock, "GET", path, token=token, **params))


def rows(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The results, in order."""
    return [content[each["key"]][each["id"]] for each in content["results"]]


def listed(mock: Psa, path: str, token: str = ADMIN, **params: Any) -> list[dict[str, Any]]:
    return rows(get(mock, path, token, **params))


def ids(content: dict[str, Any]) -> list[str]:
    return [each["id"] for each in content["results"]]


def post(mock: Psa, path: str, body: Any, token: str = ADMIN, **params: Any) -> dict[str, Any]:
    """The first record of the answer."""
    return rows(ok(send(mock, "POST", path, body, token, **params)))[0]


def put(mock: Psa, path: str, body: Any = None, token: str = ADMIN, **params: Any) -> dict[str, Any]:
    return rows(ok(send(mock, "PUT", path, body, token, **params)))[0]


def refused(response: Response, status: int, field: str | None = None) -> str:
    """Asserts a refusal in the vendor's shape; returns its message."""
    assert response.status == status, response.body
    error = response.json()["errors"][0]
    assert error["type"] == ("validation" if status == 422 else "oauth" if status == 401 else "system")
    assert error.get("field") == field
    return str(error["message"])


def act(mock: Psa, action: str, **form: Any) -> Response:
    return mock.handle(Request("POST", f"/_sandbox/ui/{action}", headers=dict(DELIVERY), body=dumps(form)))


# -- the shortest ways to records ------------------------------------------------------------------------------------


def user_id(mock: Psa, token: str) -> str:
    return str(get(mock, "users/me", token)["results"][0]["id"])


def rate_card(mock: Psa, currency: str = "EUR") -> str:
    return ids(get(mock, "rate_cards", currency=currency))[0]


def project(mock: Psa, *tokens: str, currency: str = "EUR", **attributes: Any) -> str:
    """A project with the standard rate card, and some people on it; returns its id."""
    given = {"title": "Rollout", "rate_card_id": rate_card(mock, currency), **attributes}
    workspace_id = str(post(mock, "workspaces", {"workspace": given})["id"])
    for token in tokens:
        join = {"workspace_id": workspace_id, "user_id": user_id(mock, token)}
        post(mock, "participations", {"participation": join})
    return workspace_id


def log(mock: Psa, workspace_id: str, token: str = ANA, **attributes: Any) -> str:
    """A time entry of eight hours on the first day; returns its id."""
    given = {"workspace_id": workspace_id, "date_performed": "2026-01-12", "time_in_minutes": 480, **attributes}
    return str(post(mock, "time_entries", {"time_entry": given}, token)["id"])


def submit(mock: Psa, workspace_id: str, entry_ids: list[str], token: str = ANA) -> str:
    given = {"workspace_id": workspace_id, "title": "Week", "line_item_ids": entry_ids}
    return str(post(mock, "timesheet_submissions", {"timesheet_submission": given}, token)["id"])


def approved(mock: Psa, workspace_id: str, token: str = ANA, **attributes: Any) -> str:
    """An approved time entry; returns its id."""
    entry_id = log(mock, workspace_id, token, **attributes)
    put(mock, f"timesheet_submissions/{submit(mock, workspace_id, [entry_id], token)}/approve", token=LEAD)
    return entry_id


def invoice(mock: Psa, workspace_id: str, entry_ids: Sequence[str | int], **attributes: Any) -> dict[str, Any]:
    given = {"workspace_id": workspace_id, "payment_schedule": 30, "time_entry_ids": list(entry_ids), **attributes}
    return post(mock, "invoices", {"invoice": given})
