"""The person surface: what somebody in delivery does at a screen and no public API offers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mocks.kit.app import Call
from mocks.kit.person import Actions, FormRefused
from mocks.psa import rules_change_orders, rules_credit_notes, rules_invoices, rules_people, rules_time, rules_transfers
from mocks.psa.envelope import today
from mocks.psa.errors import PsaRefusal
from mocks.psa.resources import INVOICES
from mocks.psa.resources_settings import BUDGET_CHANGE_ORDERS, SCHEDULE_CHANGE_ORDERS
from mocks.psa.rules import pointed_to
from sandbox.core.observe import Row

ACTIONS = Actions()


class Form(BaseModel):
    """A form takes the fields it knows and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WriteOffForm(Form):
    """Approved time that will not be billed."""

    time_entry_ids: list[str] = Field(min_length=1)
    reason: str = Field(min_length=1)


class WriteDownForm(Form):
    """An amount in minor units that a draft is billed less, and why (a category of the firm's own)."""

    invoice_id: str
    amount_in_cents: int = Field(gt=0, le=10**11)
    reason: str = Field(min_length=1)
    story_id: str | None = None


class CreditForm(Form):
    """An issued invoice, and what of it is credited: an amount in minor units, or billed time that is given back."""

    invoice_id: str
    reason: Literal["concession", "billing_error"]
    amount_in_cents: int | None = Field(default=None, gt=0, le=10**11)
    time_entry_ids: list[str] = Field(default_factory=list)


class TransferTimeForm(Form):
    """Time that belongs to another project, and perhaps to a task of it."""

    time_entry_ids: list[str] = Field(min_length=1)
    workspace_id: str
    story_id: str | None = None
    reason: str = Field(min_length=1)


class ChangeOrdersForm(Form):
    """Whose change orders; of all projects without one."""

    workspace_id: str | None = None


class ChangeOrderForm(Form):
    """The project, the kind if both wait, and why."""

    workspace_id: str
    kind: Literal["budget", "schedule"] | None = None
    reason: str | None = None


class ApiTokenForm(Form):
    """Whose token."""

    email_address: str


def _sign(call: Call) -> None:
    """What is written from here on is by the user at the screen, where the account knows them."""
    person = call.store.one("user", {"email_address": call.principal.name.lower()})
    if person is not None:
        call.store.creator = person["id"]


@contextmanager
def _at_a_screen() -> Iterator[None]:
    """A refusal of the rules as the screen shows it."""
    try:
        yield
    except PsaRefusal as refusal:
        raise FormRefused(refusal.message, field=refusal.errors[0].get("field"), status=refusal.status) from refusal


@ACTIONS.add("write_off", WriteOffForm)
def write_off(call: Call, form: WriteOffForm) -> dict[str, Any]:
    """Write time off; a draft it is on follows."""
    _sign(call)
    entries = rules_time.write_off(call.store, form.time_entry_ids, form.reason)
    return {"time_entry_ids": [entry["id"] for entry in entries]}


@ACTIONS.add("write_down", WriteDownForm)
def write_down(call: Call, form: WriteDownForm) -> dict[str, Any]:
    """Take an amount off a draft, for a reason."""
    _sign(call)
    with _at_a_screen():
        invoice = pointed_to(call.store, "invoice", form.invoice_id, "invoice_id")
        after = rules_invoices.write_down(call.store, invoice, form.amount_in_cents, form.reason, form.story_id)
    shown = INVOICES.present(after, call.mock.frame)
    return {"invoice_id": after["id"], "subtotal_in_cents": shown["subtotal_in_cents"]}


@ACTIONS.add("credit", CreditForm)
def credit(call: Call, form: CreditForm) -> dict[str, Any]:
    """Make the credit note of an issued invoice; named time is unbilled again."""
    _sign(call)
    with _at_a_screen():
        invoice = pointed_to(call.store, "invoice", form.invoice_id, "invoice_id")
        note = rules_credit_notes.credit(
            call.store, invoice, form.reason, form.amount_in_cents, form.time_entry_ids, today(call)
        )
    return {"invoice_id": note["id"], "subtotal_in_cents": INVOICES.present(note, call.mock.frame)["subtotal_in_cents"]}


@ACTIONS.add("transfer_time", TransferTimeForm)
def transfer_time(call: Call, form: TransferTimeForm) -> dict[str, Any]:
    """Move time to another project, approvals and all; a draft it is on follows."""
    _sign(call)
    with _at_a_screen():
        entries = rules_transfers.transfer(
            call.store, call.mock.rates, form.time_entry_ids, form.workspace_id, form.story_id, form.reason
        )
    return {"time_entry_ids": [entry["id"] for entry in entries]}


@ACTIONS.add("change_orders", ChangeOrdersForm)
def change_orders(call: Call, form: ChangeOrdersForm) -> dict[str, Any]:
    """The change orders that wait for an approval."""
    return _orders(call, [row for _, row in rules_change_orders.pending(call.store, form.workspace_id)])


@ACTIONS.add("approve_change_order", ChangeOrderForm)
def approve_change_order(call: Call, form: ChangeOrderForm) -> dict[str, Any]:
    """The price or due date that waits becomes the project's."""
    return _resolve(call, form, approve=True)


@ACTIONS.add("reject_change_order", ChangeOrderForm)
def reject_change_order(call: Call, form: ChangeOrderForm) -> dict[str, Any]:
    """The project stays as it is."""
    return _resolve(call, form, approve=False)


def _resolve(call: Call, form: ChangeOrderForm, *, approve: bool) -> dict[str, Any]:
    _sign(call)
    with _at_a_screen():
        workspace = pointed_to(call.store, "workspace", form.workspace_id, "workspace_id")
        done = rules_change_orders.resolve(
            call.store, workspace, form.kind, call.store.creator, form.reason, approve=approve
        )
    return _orders(call, done)


def _orders(call: Call, rows: list[Row]) -> dict[str, Any]:
    shown: dict[str, list[dict[str, Any]]] = {"budget_change_orders": [], "schedule_change_orders": []}
    for row in rows:
        resource = BUDGET_CHANGE_ORDERS if "to_price" in row else SCHEDULE_CHANGE_ORDERS
        shown[resource.key].append(resource.present(row, call.mock.frame))
    return shown


@ACTIONS.add("api_token", ApiTokenForm)
def api_token(call: Call, form: ApiTokenForm) -> dict[str, Any]:
    """Hand out the API token of somebody who was invited after the tenant was made; the same each time."""
    user = call.store.one("user", {"email_address": form.email_address.lower()})
    if user is None:
        raise FormRefused(f"no user {form.email_address}", field="email_address", status=404)
    try:
        rules_people.active_membership(call.store, user["id"], "email_address")
    except PsaRefusal as refusal:
        raise FormRefused(refusal.message, field="email_address") from refusal
    return {"token": call.mock.token_of(user)}
