"""Retrying any prefix changes nothing: whatever was cut, the systems end as if it had gone through at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from sandbox.core.clock import ManualClock, epoch_of
from sandbox.core.kernel import Killed
from sandbox.core.periods import Period
from sandbox.engine.context import Context
from sandbox.engine.policy import NaivePolicy, Policy
from sandbox.engine.resilience import Unavailable
from tests.engine.builders import (
    Fate,
    Room,
    answer_lost,
    answered,
    delivered,
    executed_but,
    killed_after,
    killed_before,
    never_arrives,
    plan,
)
from tests.engine.samples import BATCH, BILL, DEAL, ENTRY, PAID, WORKER

Ids = dict[str, str]
Call = Callable[[Context, Ids], Awaitable[str | None]]


async def _project(c: Context, ids: Ids) -> str:
    return await c.psa.ensure_project(DEAL, ids["client"], "Standard UK")


async def _price(c: Context, ids: Ids) -> None:
    await c.psa.update_project(ids["project"], replace(DEAL, amount=Decimal("1300.00")), "Standard UK", won=True)


async def _user(c: Context, ids: Ids) -> str:
    known = await c.psa.find_user(WORKER.email)
    return known or await c.psa.invite_user(WORKER.employee_id, "Ada Quill", WORKER.email, "analyst")


async def _time(c: Context, ids: Ids) -> str:
    return await c.erp.put_time(
        ENTRY, employee_id=ids["employee"], job_id=ids["job"], role="analyst", line="ENG-09-L1", period=Period(2026, 1)
    )


async def _invoice(c: Context, ids: Ids) -> str:
    return await c.erp.put_invoice(
        BILL,
        job_id=ids["job"],
        customer_id=ids["customer"],
        entity="UK",
        time_ids=[ids["time"]],
        lines={"1": "ENG-09-L1"},
    )


async def _payment(c: Context, ids: Ids) -> str:
    return await c.erp.put_payment(PAID, ids["invoice"], ids["customer"], PAID.amount, Decimal(0))


async def _psa_payment(c: Context, ids: Ids) -> str:
    return await c.psa.record_payment(ids["bill"], "BL-1", Decimal("60.00"), "GBP", date(2026, 1, 28))


async def _membership(c: Context, ids: Ids) -> None:
    await c.psa.people.set_membership(ids["user"], await c.psa.role_id("consultant"), None)


# Creates with look-up, upserts by external id, and sets, each on what the ones before it made.
SEQUENCE: tuple[tuple[str, Call], ...] = (
    ("client", lambda c, ids: c.psa.ensure_client(DEAL)),
    ("project", _project),
    ("task", lambda c, ids: c.psa.ensure_task(DEAL, DEAL.lines[0], ids["project"], fixed_fee=False)),
    ("price", _price),
    ("open", lambda c, ids: c.psa.open_for_time(ids["project"], is_open=True)),
    ("user", _user),
    ("role", _membership),
    ("cost rate", lambda c, ids: c.psa.people.set_cost_rate(ids["user"], Decimal("42.50"), "GBP")),
    ("part", lambda c, ids: c.psa.people.join_project(ids["project"], ids["user"], "part 1")),
    ("day off", lambda c, ids: c.psa.people.take_off(ids["user"], "2026-01-23", Decimal("7.5"), "day off 1")),
    ("customer", lambda c, ids: c.erp.put_customer(DEAL)),
    ("job", lambda c, ids: c.erp.put_job(DEAL, ids["customer"])),
    ("employee", lambda c, ids: c.erp.put_employee(WORKER)),
    ("time", _time),
    ("invoice", _invoice),
    ("payment", _payment),
    ("psa payment", _psa_payment),
    ("journal", lambda c, ids: c.erp.post_journal(BATCH, {"ENG-09": ids["job"]})),
)


@dataclass
class Workshop:
    """A room whose time stands still, with one issued pre-bill of 100.00 in the PSA; put back before every example."""

    room: Room
    bill: str = ""
    saved: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        workspace = self._made("workspaces", {"workspace": {"title": "Old work", "currency": "GBP"}})
        item = {"amount": 100, "notes": "first part"}
        bill = {"workspace_id": workspace, "payment_schedule": 14, "fixed_fee_items": [item]}
        self.bill = self._made("invoices", {"invoice": bill})
        self.saved = {name: self.room.systems[name].serialize() for name in ("psa", "erp")}

    def _made(self, collection: str, body: Any) -> str:
        made = self.room.context.psa._caller.send("POST", f"/api/v1/{collection}.json", json=body)
        return str(self.room.do(made).json()["results"][0]["id"])

    def put_back(self, policy: type[Policy] = Policy) -> Room:
        room = self.room
        for name, saved in self.saved.items():
            room.systems[name].deserialize(saved)
        room.policy = policy
        room.store = type(room.store)()
        room.installed()
        room.wire.heal()
        return room

    def run(self, fates: list[Fate]) -> None:
        """The whole sequence from its start by a fresh engine on the store; the first requests meet these fates."""
        room = self.room
        room.crash()
        context = room.context
        room.wire.meets("*", "*", "", *fates)

        async def all_calls() -> None:
            ids = {"bill": self.bill}
            for name, call in SEQUENCE:
                ids[name] = await call(context, ids) or ""

        try:
            room.do(all_calls())
        except (Killed, Unavailable):
            pass
        finally:
            room.wire.heal()


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    room = Room(clock=ManualClock(epoch_of(plan().start)))
    yield Workshop(room)
    room.close()


@pytest.fixture(scope="module")
def undisturbed(workshop: Workshop) -> dict[str, Any]:
    workshop.put_back()
    workshop.run([])
    return workshop.room.dump("psa", "erp")


def test_the_undisturbed_sequence_makes_one_of_each(workshop: Workshop, undisturbed: dict[str, Any]) -> None:
    psa, erp = undisturbed["psa"], undisturbed["erp"]
    made = {"workspace_group": 1, "story": 1, "external_payment": 1}
    assert {kind: len(psa[kind]) for kind in made} == made
    assert [row["title"] for row in psa["workspace"].values() if row["title"].startswith("ENG-09")] == [
        "ENG-09 Signal works"
    ]
    made = {"customer": 1, "job": 1, "timeBill": 1, "invoice": 1, "customerPayment": 1, "journalEntry": 1}
    assert {kind: len(erp[kind]) for kind in made} == made
    assert len([user for user in psa["user"].values() if user["email_address"] == WORKER.email]) == 1


FATES: tuple[Fate, ...] = (
    delivered,
    delivered,
    never_arrives,
    answer_lost,
    answered(429),
    answered(503, Retry_After="30"),
    answered(500),
    executed_but(500),
    executed_but(503),
    killed_before,
    killed_after,
)
_fates = st.lists(st.sampled_from(FATES), max_size=45)


@given(attempts=st.lists(_fates, min_size=1, max_size=3))
@example(attempts=[[delivered] * n + [killed_after] for n in (1, 9, 20)])
@example(attempts=[[answer_lost] * 45])
@bounded(max_examples=70, deadline=None)
def test_retrying_any_prefix_changes_nothing(
    workshop: Workshop, undisturbed: dict[str, Any], attempts: list[list[Fate]]
) -> None:
    workshop.put_back()
    for fates in attempts:
        workshop.run(fates)
    workshop.run([])
    assert workshop.room.dump("psa", "erp") == undisturbed
    # And once more: what is done stays as it is.
    workshop.run([])
    assert workshop.room.dump("psa", "erp") == undisturbed


def test_the_naive_engine_changes_much(workshop: Workshop, undisturbed: dict[str, Any]) -> None:
    # The same cuts under the naive policy: the property is one of the reference policy, and the test can see it.
    workshop.put_back(NaivePolicy)
    workshop.run([answer_lost])
    assert len(workshop.room.rows("psa", "workspace_group")) == 2
    assert len(undisturbed["psa"]["workspace_group"]) == 1
