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
from sandbox.core.clock import MINUTE_US, Clock, ManualClock, epoch_of
from sandbox.core.damage import FaultPort, NoFaults
from sandbox.core.observe import CommitObserver, Unobserved
from sandbox.core.tenants import PSA_EXPENSE_CATEGORIES, PsaCustomField, PsaRateCard, PsaTenant, PsaUser, RateVersion
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
        expense_categories=PSA_EXPENSE_CATEGORIES,
        custom_fields=(
            PsaCustomField("Workspace", "EAC Cost", "currency"),
            PsaCustomField("Workspace", "EAC Approved For", "string"),
            PsaCustomField("Workspace", "Billing Method", "single", ("T&M", "Fixed Fee")),
            PsaCustomField("Workspace", "Tags", "multi", ("a", "b")),
            PsaCustomField("Workspace", "Reviewed", "date"),
            PsaCustomField("Workspace", "Risk", "number"),
            PsaCustomField("User", "Grade", "string"),
        ),
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


def task(mock: Psa, workspace_id: str, **attributes: Any) -> str:
    """A task of a project; returns its id."""
    return str(post(mock, "stories", {"story": {"workspace_id": workspace_id, "title": "Task", **attributes}})["id"])


def spend(mock: Psa, workspace_id: str, token: str = ANA, **attributes: Any) -> str:
    """An expense of 123.45 for travel on the first day; returns its id."""
    given = {
        "workspace_id": workspace_id,
        "date": "2026-01-12",
        "category": "Travel",
        "amount_in_cents": 12345,
        **attributes,
    }
    return str(post(mock, "expenses", {"expense": given}, token)["id"])


def report(mock: Psa, workspace_id: str, expense_ids: list[str], token: str = ANA) -> str:
    """An expense report; returns its id."""
    given = {"workspace_id": workspace_id, "title": "Trip", "line_item_ids": expense_ids}
    return str(post(mock, "expense_report_submissions", {"expense_report_submission": given}, token)["id"])


def approved_expense(mock: Psa, workspace_id: str, token: str = ANA, **attributes: Any) -> str:
    """An approved expense; returns its id."""
    expense_id = spend(mock, workspace_id, token, **attributes)
    put(mock, f"expense_report_submissions/{report(mock, workspace_id, [expense_id], token)}/approve", token=LEAD)
    return expense_id


def milestone(mock: Psa, workspace_id: str, **attributes: Any) -> dict[str, Any]:
    """A billing milestone of 5,000 at a fixed date, unless told otherwise."""
    given = {"workspace_id": workspace_id, "title": "Sign-off", "amount_in_cents": 500000, **attributes}
    given.setdefault("billing_type", "fixed_date" if "story_id" not in given else "upon_completion")
    if given["billing_type"] == "fixed_date":
        given.setdefault("date_to_invoice", "2026-01-12")
    return post(mock, "billing_milestones", {"billing_milestone": given})


def refuse(mock: Psa, method: str, path: str, body: Any, field: str | None, token: str = ADMIN) -> str:
    """Asserts a 422 of a field that stores nothing; returns its message."""
    before = mock.dump()
    message = refused(send(mock, method, path, body, token), 422, field)
    assert mock.dump() == before
    return message


def events_since(mock: Psa, clock: ManualClock, **params: Any) -> list[tuple[str, int]]:
    """What was done from one o'clock of the first day on: event types with their subjects, sorted."""
    clock.advance_to(clock.now_us() + MINUTE_US)
    found = listed(mock, "subscribed_events", created_after="2026-01-12T01:00:00Z", per_page=200, **params)
    return sorted((each["event_type"], each["subject_id"]) for each in found)
