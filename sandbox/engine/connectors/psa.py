"""PSA connector: Kantata's subscribed events, projects with tasks, users, time, pre-bills and payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.clock import parse_iso
from sandbox.core.money import exponent
from sandbox.core.periods import Period
from sandbox.core.ports import Ports
from sandbox.core.wire import Response
from sandbox.engine.canonical import Deal, DealLine, FixedItem, Milestone, PreBill, TimeEntry
from sandbox.engine.connectors.psa_people import PsaPeople
from sandbox.engine.connectors.psa_records import BASE, PAGE, first_of, listed, main_units
from sandbox.engine.connectors.psa_spending import PsaSpending
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Unavailable
from sandbox.engine.settings import Settings
from sandbox.engine.store import Store

# What a pre-bill holds beside time.
_ITEMS = ("fixed_fee_items", "billing_milestones", "additional_items")
_EVENT_TYPES = (
    "time_entry:updated",
    "invoice:created",
    "invoice:updated",
    "billing_milestone:updated",
    "story:status_selected",
    "expense:updated",
)
# The submission of a time entry says when it was approved.
_DECIDED_BY = "active_submission"
_EAC_COST, _EAC_PERIOD = "EAC Cost", "EAC Approved For"


@dataclass(frozen=True, slots=True)
class PsaEvent:
    """Something about a time entry, an expense or a pre-bill changed. ``problem``: why nobody can tell what."""

    event_id: str
    subject: str
    subject_id: str
    changed_us: int
    problem: str = ""


class PsaConnector(PsaSpending):
    """The PSA as the engine sees it."""

    def __init__(
        self, ports: Ports, store: Store, settings: Settings, policy: Policy, capability: str, tax_after: str = ""
    ) -> None:
        super().__init__(ports, store, settings, policy, capability, tax_after)
        self.people = PsaPeople(self._caller, store, self._all)
        self._rate_cards: dict[str, str] = {}
        self._roles: dict[str, str] = {}

    # -- events --------------------------------------------------------------------------------------------------------

    async def changes(self, since: str) -> list[PsaEvent]:
        """Events recorded since an instant, all pages; repeats and disorder are the feed's, not undone here."""
        query = {"event_types": ",".join(_EVENT_TYPES), "created_after": since, "order": "created_at:asc"}
        rows = await self._all("/subscribed_events.json", query)
        return [_event(row, parse_iso(self._ports.clock.epoch, row["subject_changed_at"])) for row in rows]

    # -- time ----------------------------------------------------------------------------------------------------------

    async def time_entries(self, entry_ids: Sequence[str]) -> list[TimeEntry]:
        """Time entries as they are now, with the instant of their approval; those that are gone are left out."""
        found: list[TimeEntry] = []
        for start in range(0, len(entry_ids), PAGE):
            query = {"only": ",".join(entry_ids[start : start + PAGE]), "include": _DECIDED_BY, "per_page": PAGE}
            found += self._entries(await self._get("/time_entries.json", query))
        return found

    async def changed_since(self, since: str) -> list[TimeEntry]:
        """Time entries changed since an instant, approved or not: what the sweep compares.

        One question for both, because the filter ``approved`` means approved, whatever its value.
        """
        query = {"updated_after": since, "include": _DECIDED_BY, "order": "id:asc"}
        return [entry for page in await self._pages("/time_entries.json", query) for entry in self._entries(page)]

    async def approved_between(self, first: date, last: date) -> list[TimeEntry]:
        """Approved time entries of a span of days."""
        days = {"approved": "true", "date_performed_between": f"{first}:{last}"}
        query = {**days, "include": _DECIDED_BY, "order": "id:asc"}
        return [entry for page in await self._pages("/time_entries.json", query) for entry in self._entries(page)]

    async def approved_on(self, workspace_id: str, first: date, last: date) -> list[TimeEntry]:
        """Approved time of a project from day to day, both included."""
        query = {
            "workspace_id": workspace_id,
            "approved": "true",
            "date_performed_between": f"{first}:{last}",
            "include": _DECIDED_BY,
        }
        return [entry for page in await self._pages("/time_entries.json", query) for entry in self._entries(page)]

    def _entries(self, response: Response) -> list[TimeEntry]:
        epoch = self._ports.clock.epoch
        decided = {
            submission_id: parse_iso(epoch, row["current_resolution_created_at"])
            for submission_id, row in response.json().get("timesheet_submissions", {}).items()
            if row["current_resolution_created_at"]
        }
        return [_entry(row, decided, parse_iso(epoch, row["updated_at"])) for row in listed(response)]

    # -- projects ------------------------------------------------------------------------------------------------------

    async def ensure_client(self, deal: Deal) -> str:
        """Id of the client group of a deal's client."""
        body = {
            "name": deal.client_name,
            "company": True,
            "external_reference": _reference("Account", deal.client_id),
        }
        return await self._ensure(
            f"psa client {deal.client_code}",
            "/workspace_groups.json",
            "workspace_groups",
            {"workspace_group": body},
            deal.client_id,
        )

    async def rename_client(self, group_id: str, name: str) -> None:
        """Bring a client group up to date."""
        await self._caller.send(
            "PUT", f"{BASE}/workspace_groups/{group_id}.json", json={"workspace_group": {"name": name}}
        )

    async def ensure_project(self, deal: Deal, client_group_id: str, rate_card: str) -> str:
        """Id of a deal's project; a new one is an estimate and not open for time."""
        body = {
            **await self._project_fields(deal, rate_card),
            "stage": "estimate",
            "creator_role": "maven",
            "budgeted": True,
            "time_trackable": False,
            "change_orders_enabled": False,
            "require_time_approvals": True,
            "require_expense_approvals": True,
            "primary_workspace_group_id": client_group_id,
            "external_reference": _reference("Opportunity", deal.native_id),
        }
        return await self._ensure(
            f"psa project {deal.code}", "/workspaces.json", "workspaces", {"workspace": body}, deal.native_id
        )

    async def update_project(self, workspace_id: str, deal: Deal, rate_card: str, *, won: bool) -> None:
        """Bring an estimate up to date, or convert it."""
        body = await self._project_fields(deal, rate_card)
        if won:
            body["stage"] = "project"
        if deal.changes:
            # Another price or end waits for the project lead.
            body["change_orders_enabled"] = True
        await self._caller.send("PUT", f"{BASE}/workspaces/{workspace_id}.json", json={"workspace": body})

    async def open_for_time(self, workspace_id: str, *, is_open: bool) -> None:
        """Let people book time on a project, or stop them."""
        body = {"workspace": {"time_trackable": is_open}}
        await self._caller.send("PUT", f"{BASE}/workspaces/{workspace_id}.json", json=body)

    async def project_status(self, workspace_id: str) -> str:
        """Key of a project's status."""
        (row,) = listed(await self._get(f"/workspaces/{workspace_id}.json", {}))
        return str(row["status"]["key"])

    async def set_project_status(self, workspace_id: str, key: str) -> None:
        """Set a project's status; the one it has already is no change."""
        await self._caller.send(
            "PUT", f"{BASE}/workspaces/{workspace_id}.json", json={"workspace": {"status_key": key}}
        )

    async def ensure_task(self, deal: Deal, line: DealLine, workspace_id: str, fixed_fee: bool) -> str:
        """Id of the task of a contract line; a milestone is a task of that type."""
        body = {
            **_task_fields(deal, line),
            "workspace_id": workspace_id,
            "story_type": "milestone" if line.due else "task",
            "billable": True,
            "fixed_fee": fixed_fee,
            "external_reference": _reference("OrderItem" if line.added else "OpportunityLineItem", line.native_id),
        }
        return await self._ensure(
            f"psa task {line.code}", "/stories.json", "stories", {"story": body}, line.native_id, workspace_id
        )

    async def ensure_milestone(self, deal: Deal, line: DealLine, workspace_id: str, story_id: str) -> str:
        """Id of the billing milestone of a contract line that falls due when its task is completed."""
        body = {
            "workspace_id": workspace_id,
            "story_id": story_id,
            "billing_type": "upon_completion",
            **_milestone_fields(deal, line),
            "external_reference": _reference("OpportunityLineItem", line.native_id),
        }
        return await self._ensure(
            f"psa milestone {line.code}",
            "/billing_milestones.json",
            "billing_milestones",
            {"billing_milestone": body},
            line.native_id,
            workspace_id,
        )

    async def update_task(self, story_id: str, deal: Deal, line: DealLine) -> None:
        """Bring a task up to date."""
        await self._caller.send("PUT", f"{BASE}/stories/{story_id}.json", json={"story": _task_fields(deal, line)})

    async def _project_fields(self, deal: Deal, rate_card: str) -> dict[str, Any]:
        return {
            "title": f"{deal.code} {deal.name}",
            "price": deal.amount,
            "rate_card_id": await self._rate_card_id(rate_card),
            "start_date": deal.start.isoformat(),
            "due_date": deal.end.isoformat(),
        }

    async def _rate_card_id(self, title: str) -> str:
        if title not in self._rate_cards:
            rows = await self._all("/rate_cards.json", {})
            self._rate_cards = {row["title"]: row["id"] for row in rows}
        if title not in self._rate_cards:
            raise Unavailable(f"the PSA has no rate card {title!r}")
        return self._rate_cards[title]

    # -- people --------------------------------------------------------------------------------------------------------

    async def find_user(self, email: str) -> str | None:
        """Id of a user by address."""
        rows = listed(await self._get("/users.json", {"by_email_address": email}))
        return str(rows[0]["id"]) if rows else None

    async def invite_user(self, employee_id: str, full_name: str, email: str, role: str) -> str:
        """Id of a new user."""
        body = {
            "full_name": full_name,
            "email_address": email,
            "permission": "collaborator",
            "default_role_id": await self.role_id(role),
            "external_reference": {
                "service_name": "workday", "service_model": "Worker", "service_model_ref": employee_id,
            },
        }  # fmt: skip

        async def find() -> str | None:
            return await self.find_user(email)

        def native(response: Response) -> str:
            return first_of(response, "users")

        return await self._caller.create(
            self._store,
            f"psa user {employee_id}",
            find,
            "POST",
            f"{BASE}/account_invitations.json",
            native,
            query={"include": "user"},
            json={"account_invitation": body},
        )

    async def disable_user(self, user_id: str) -> None:
        """A leaver is no user any more."""
        membership_id = await self.people.membership_id(user_id)
        await self._caller.send("PUT", f"{BASE}/account_memberships/{membership_id}/disable.json")

    async def open_submissions(self, user_id: str) -> int:
        """How many sheets of a user wait for a decision."""
        query = {"user_id": user_id, "statuses": "new", "per_page": PAGE}
        return len(listed(await self._get("/timesheet_submissions.json", query)))

    async def role_name(self, role_id: str) -> str:
        """Name of a role; raises Unavailable for one the PSA does not show."""
        for fresh in (False, True):
            for name, known in (await self._all_roles(fresh=fresh)).items():
                if known == role_id:
                    return name
        raise Unavailable(f"the PSA has no role of id {role_id!r}")

    async def role_id(self, role: str) -> str:
        """Id of a role."""
        for fresh in (False, True):
            roles = await self._all_roles(fresh=fresh)
            if role in roles:
                return roles[role]
        raise Unavailable(f"the PSA has no role {role!r}")

    async def _all_roles(self, *, fresh: bool) -> dict[str, str]:
        if fresh or not self._roles:
            self._roles = {row["name"]: row["id"] for row in await self._all("/roles.json", {})}
        return self._roles

    # -- billing -------------------------------------------------------------------------------------------------------

    async def pre_bill(self, invoice_id: str) -> PreBill | None:
        """A pre-bill with its lines; None when it is gone."""
        path = f"{BASE}/invoices/{invoice_id}.json"
        query = {"include": "time_entries,expenses," + ",".join(_ITEMS)}
        response = await self._caller.send("GET", path, query=query, accept=(404,))
        if response.status == 404:
            return None
        body = response.json()
        row = body["invoices"][body["results"][0]["id"]]
        return _pre_bill(row, [item for kind in _ITEMS for item in body.get(kind, {}).values()])

    async def billing_milestones(self, query: dict[str, str]) -> list[Milestone]:
        """Milestones that fall due when their task is completed, with the day of acceptance once it is."""
        found: list[Milestone] = []
        response = await self._get("/billing_milestones.json", {**query, "include": "story", "per_page": PAGE})
        tasks = response.json().get("stories", {})
        for row in listed(response):
            if row["billing_type"] != "upon_completion":
                continue
            done = tasks[str(row["story_id"])]["state"] == "completed" and row["date_to_invoice"] is not None
            on = date.fromisoformat(row["date_to_invoice"]) if done else None
            amount = main_units(row, "amount_in_cents")
            found.append(Milestone(str(row["id"]), str(row["story_id"]), amount, on))
        return found

    async def set_ledger_result(self, invoice_id: str, number: str, tax_percent: Decimal) -> None:
        """Tell a pre-bill what the ERP made of it."""
        body = {"invoice": {"user_invoice_number": number, "tax_rate": tax_percent}}
        await self._caller.send("PUT", f"{BASE}/invoices/{invoice_id}.json", json=body)

    async def record_payment(self, invoice_id: str, bank_line: str, amount: Decimal, currency: str, on: date) -> str:
        """Record a payment on a pre-bill; paying twice would pay twice, so it is looked for by its note."""
        notes = f"bank line {bank_line}"
        body = {
            "invoice_id": invoice_id,
            "amount_in_cents": int(amount.scaleb(exponent(currency))),
            "date": on.isoformat(),
            "notes": notes,
        }

        async def find() -> str | None:
            rows = await self._all("/external_payments.json", {"invoice_id": invoice_id})
            return next((str(row["id"]) for row in rows if row["notes"] == notes), None)

        return await self._caller.create(
            self._store,
            f"psa payment {bank_line}",
            find,
            "POST",
            f"{BASE}/external_payments.json",
            lambda response: first_of(response, "external_payments"),
            json={"external_payment": body},
        )

    # -- expected cost -------------------------------------------------------------------------------------------------

    async def estimates(self) -> dict[str, tuple[Period, Decimal]]:
        """Project -> (month, expected cost at completion) its lead approved last."""
        rows = await self._all("/custom_field_values.json", {"subject_type": "Workspace"})
        fields: dict[str, dict[str, Any]] = {}
        for row in rows:
            fields.setdefault(str(row["subject_id"]), {})[row["custom_field_name"]] = row["value"]
        found: dict[str, tuple[Period, Decimal]] = {}
        for workspace_id, of_project in fields.items():
            cost, month = of_project.get(_EAC_COST), of_project.get(_EAC_PERIOD)
            if cost and month:
                found[workspace_id] = (Period.parse(month), Decimal(cost[0]).scaleb(-exponent(cost[1])))
        return found


def _event(row: dict[str, Any], changed_us: int) -> PsaEvent:
    subject, subject_id = row.get("subject_type"), row.get("subject_id")
    if not subject or not str(subject_id).isdigit():
        problem = f"{row.get('event_type')} of {subject or 'nothing'} {subject_id or 'no id'}"
        return PsaEvent(row["id"], "", "", changed_us, problem)
    return PsaEvent(row["id"], subject, str(subject_id), changed_us)


def _task_fields(deal: Deal, line: DealLine) -> dict[str, Any]:
    estimate = {"time_estimate_in_minutes": line.budget_minutes}
    if line.due:
        return {"title": f"{line.code} {line.title}", "due_date": line.due.isoformat(), **estimate}
    return {"title": f"{line.code} {deal.name}", **estimate}


def _milestone_fields(deal: Deal, line: DealLine) -> dict[str, Any]:
    return {
        "title": f"{line.code} {line.title}",
        "amount_in_cents": int(line.price.scaleb(exponent(deal.currency))),
    }


def _reference(model: str, native: str) -> dict[str, str]:
    return {"service_name": "salesforce", "service_model": model, "service_model_ref": native, "status": "successful"}


def _entry(row: dict[str, Any], decided: dict[str, int], changed_us: int) -> TimeEntry:
    submission = row["active_submission_id"]
    return TimeEntry(
        entry_id=row["id"],
        workspace_id=str(row["workspace_id"]),
        story_id=str(row["story_id"]),
        user_id=str(row["user_id"]),
        role_id=str(row["role_id"] or ""),
        on=date.fromisoformat(row["date_performed"]),
        minutes=int(row["time_in_minutes"]),
        billable=bool(row["billable"]),
        rate=main_units(row, "rate_in_cents"),
        currency=row["currency"],
        submission_id=submission,
        approved_us=decided.get(submission) if row["approved"] else None,
        changed_us=changed_us,
    )


def _pre_bill(row: dict[str, Any], items: list[dict[str, Any]]) -> PreBill:
    return PreBill(
        invoice_id=row["id"],
        workspace_id=str(row["workspace_id"]),
        title=row["user_invoice_title"] or row["title"],
        draft=bool(row["draft"]),
        cancelled=row["status"] == "cancelled",
        on=date.fromisoformat(row["invoice_date"]),
        currency=row["currency"],
        terms_days=int(row["payment_schedule"]),
        entry_ids=tuple(str(each) for each in row["time_entry_ids"]),
        items=tuple(
            FixedItem(
                str(item["story_id"] or ""),
                main_units(item, "amount_in_cents"),
                item.get("notes") or item["title"],
                item.get("time_entry_id"),
            )
            for item in items
        ),
        number=row["user_invoice_number"],
        credits_id=row.get("credited_invoice_id"),
        credit_reason=row.get("credit_reason") or "",
        expense_ids=tuple(str(each) for each in row["expense_ids"]),
    )
