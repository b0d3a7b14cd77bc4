"""Pre-bills, write-offs, invoices and payments as people make them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from sandbox.core.ports import Ports
from sandbox.firm.deeds import billing, cash
from sandbox.firm.desk import Blocked, Desk, Records
from tests.firm.builders import busy_desk, by_label, planned
from tests.firm.played import Played, play
from tests.firm.stage import Stage, envelope, reply

PLAN = planned(*busy_desk())
MONTH = by_label(PLAN)["draft ENG-01 2026-01"].args
BILL = by_label(PLAN)["bill ENG-01 2026-01"].args
PAID = by_label(PLAN)["pay ENG-01 2026-01"].args
FEE = by_label(PLAN)["draft ENG-02 instalment 1"].args
GIVEN_UP = by_label(PLAN)["write off W-0003 2026-01-26 ENG-01"].args


# -- in a world --------------------------------------------------------------------------------------------------------


def test_a_month_is_billed_without_the_write_off_and_with_the_late_card(busy: Played) -> None:
    # Analyst, 6:40 h x 85.00 = 566.67; four cards less the written off one are 1,700.01; a fifth of tax is 340.00.
    invoice = busy.row("psa", "invoice", user_invoice_title="ENG-01 2026-01")
    assert (invoice["invoice_date"], invoice["draft"], invoice["payment_schedule"]) == ("2026-02-10", 0, 2)
    assert (invoice["subtotal"], invoice["tax_amount"], invoice["total"]) == (17_000_100, 3_400_000, 20_400_100)
    billed = {row["date_performed"]: (row["invoice_id"] == invoice["id"], row["written_off"]) for row in
              busy.entries("ENG-01")}  # fmt: skip
    assert billed == {
        "2026-01-26": (False, 1), "2026-01-27": (True, 0), "2026-01-28": (True, 0), "2026-01-30": (True, 0),
    }  # fmt: skip


def test_a_write_off_carries_its_reason(busy: Played) -> None:
    (given_up,) = [row for row in busy.entries("ENG-01") if row["written_off"]]
    assert given_up["write_off_reason"] == "kick-off"


def test_instalments_are_billed_one_by_one_on_the_day_after_the_draft(busy: Played) -> None:
    shown = {
        row["user_invoice_title"]: (row["invoice_date"], row["subtotal"])
        for row in busy.rows("psa", "invoice")
        if row["user_invoice_title"].startswith("ENG-02")
    }
    assert shown == {
        "ENG-02 expenses 2026-01": ("2026-02-10", 7_482_000),
        "ENG-02 instalment 1": ("2026-01-28", 40_000_000),
        "ENG-02 instalment 2": ("2026-02-10", 50_000_000),
    }


def test_the_client_pays_what_the_invoice_says_on_the_day_of_the_plan(tiny: Played) -> None:
    line = tiny.row("erp", "bankStatementLine")
    assert (line["lineId"], line["date"], line["amount"], line["payer"], line["reference"]) == (
        "BL-ENG-01-2026-01", "2026-02-12", 20_400_100, "Harbour Rail plc", "INV-UK-0001",
    )  # fmt: skip
    assert tiny.row("erp", "invoice")["amountRemaining"] == 0


def test_an_engagement_without_time_to_bill_gets_no_bill(busy: Played) -> None:
    # ENG-03's January sheet came back after a rejection and was approved on the morning after the draft.
    assert busy.outcomes["bill ENG-03 2026-01"] == "done"
    assert busy.rows("psa", "invoice", user_invoice_title="ENG-03 2026-01") == []
    assert busy.changes("bill ENG-03 2026-01") == []


@pytest.fixture(scope="module")
def paid_again() -> tuple[Played, list[str]]:
    """The end of a busy month, at which finance takes the payment of ENG-01 in hand once more."""
    played = play(PLAN)
    world, refusals = played.world, []
    desk = Desk(PLAN, Ports("biz:finance-uk", world.around, "pay again"), Records(PLAN), "finance-uk")
    desk.attempts = 1

    async def pay() -> None:
        try:
            await cash.pay(desk, PAID)
        except Blocked as blocked:
            refusals.append(blocked.message)

    world.kernel.spawn(pay(), "biz:finance-uk/pay again")
    world.kernel.run_to(world.kernel.now_us() + 60_000_000)
    return played, refusals


def test_an_invoice_that_is_paid_is_not_paid_again(paid_again: tuple[Played, list[str]]) -> None:
    played, _ = paid_again
    assert played.changes("pay again") == []
    # ENG-01, two instalments and what was spent for ENG-02, the milestone of ENG-04, and the fee of ENG-05.
    assert len(played.world.systems["erp"].dump()["bankStatementLine"]) == 6


def test_an_invoice_that_is_paid_is_known_to_be_paid(paid_again: tuple[Played, list[str]]) -> None:
    assert paid_again[1] == []


# -- at the desk -------------------------------------------------------------------------------------------------------


@pytest.fixture
def stage() -> Stage:
    made = Stage(PLAN)
    for code, workspace, story in (("ENG-01", "70", "30"), ("ENG-02", "72", "32")):
        made.records.remembered["open workspace", code] = workspace
        made.records.remembered["story", code] = story
    made.records.remembered["user", "W-0003"] = "8"
    return made


def sent(stage: Stage, number: int) -> Any:
    return stage.wire.asked[number][1].json()


def test_a_draft_takes_approved_billable_time_from_the_start_to_the_end_of_the_month(stage: Stage) -> None:
    rows = [{"id": "1"}, {"id": "2"}]
    stage.wire.answers = [envelope("invoices"), envelope("time_entries", *rows), envelope("expenses"), reply(200, {})]
    stage.does(billing.draft_time(stage.desk("finance-uk"), MONTH))
    query = {name: value for name, (value,) in parse_qs(stage.wire.asked[1][1].query).items()}
    assert query == {
        "workspace_id": "70", "approved": "true", "uninvoiced": "true", "billable": "true",
        "date_performed_between": "2026-01-26:2026-01-31", "order": "date_performed:asc",
        "per_page": "200", "page": "1",
    }  # fmt: skip
    assert sent(stage, 3) == {
        "invoice": {
            "workspace_id": "70", "payment_schedule": 2, "user_invoice_title": "ENG-01 2026-01", "draft": True,
            "invoice_date": "2026-01-19", "time_entry_ids": ["1", "2"],
        }
    }  # fmt: skip


def test_nothing_to_bill_makes_no_draft(stage: Stage) -> None:
    stage.wire.answers = [envelope("invoices"), envelope("time_entries"), envelope("expenses")]
    stage.does(billing.draft_time(stage.desk("finance-uk"), MONTH))
    assert [line.split(" ")[1] for line in stage.wire.lines] == ["GET", "GET", "GET"]


def test_a_draft_takes_what_was_spent_for_the_client_beside_time_or_alone(stage: Stage) -> None:
    spent = envelope("expenses", {"id": "8", "is_billable": True}, {"id": "9", "is_billable": False})
    stage.wire.answers = [envelope("invoices"), envelope("time_entries"), spent, reply(200, {})]
    stage.does(billing.draft_time(stage.desk("finance-uk"), MONTH))
    assert sent(stage, 3)["invoice"]["expense_ids"] == ["8"]
    assert "time_entry_ids" not in sent(stage, 3)["invoice"]
    query = parse_qs(stage.wire.asked[2][1].query)
    assert query["date_expensed_between"] == ["2000-01-01:2026-01-31"]
    stage.wire.answers = [envelope("invoices"), spent, reply(200, {})]
    stage.does(billing.draft_expenses(stage.desk("finance-uk"), MONTH))
    assert sent(stage, 6)["invoice"]["expense_ids"] == ["8"]


def test_a_draft_that_is_there_is_not_made_again_and_another_months_does_not_count(stage: Stage) -> None:
    stage.wire.answers = [envelope("invoices", {"id": "5", "user_invoice_title": "ENG-01 2026-01"})]
    stage.does(billing.draft_time(stage.desk("finance-uk"), MONTH))
    assert len(stage.wire.asked) == 1
    other = envelope("invoices", {"id": "4", "user_invoice_title": "ENG-01 2025-12"})
    stage.wire.answers = [other, envelope("time_entries", {"id": "1"}), envelope("expenses"), reply(200, {})]
    stage.does(billing.draft_time(stage.desk("finance-uk"), MONTH))
    assert stage.wire.lines[-1] == "psa POST /api/v1/invoices.json"


def test_an_instalment_is_drafted_as_a_fee_on_the_task_of_its_line(stage: Stage) -> None:
    stage.wire.answers = [envelope("invoices"), reply(200, {})]
    stage.does(billing.draft_fixed(stage.desk("finance-uk"), FEE))
    assert sent(stage, 1)["invoice"]["fixed_fee_items"] == [
        {"notes": "ENG-02 instalment 1", "amount": Decimal("4000.00"), "story_id": "32"}
    ]
    assert b'"amount":4000.00' in stage.wire.asked[1][1].body


def test_a_refused_draft_is_a_closed_door(stage: Stage) -> None:
    stage.wire.answers = [envelope("invoices"), reply(422, {"errors": [{"message": "story is archived"}]})]
    with pytest.raises(Blocked, match=r"answered 422: .*story is archived"):
        stage.does(billing.draft_fixed(stage.desk("finance-uk"), FEE))


def test_a_bill_is_approved_with_its_date_unless_it_is_none_or_no_draft_any_more(stage: Stage) -> None:
    draft = {"id": "5", "user_invoice_title": "ENG-01 2026-01", "draft": True}
    stage.wire.answers = [envelope("invoices", draft), reply(200, {})]
    stage.does(billing.approve_bill(stage.desk("W-0001"), BILL))
    assert stage.wire.lines[-1] == "psa PUT /api/v1/invoices/5.json"
    assert sent(stage, 1) == {"invoice": {"draft": False, "invoice_date": "2026-02-10"}}
    for there in ([{**draft, "draft": False}], []):
        stage.wire.answers = [envelope("invoices", *there)]
        stage.does(billing.approve_bill(stage.desk("W-0001"), BILL))
    assert len(stage.wire.asked) == 4


def entry(row_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": row_id, "approved": True, "billable": True, "written_off": False, **fields}


def test_a_write_off_takes_the_persons_approved_billable_time_of_the_day(stage: Stage) -> None:
    rows = [entry("1"), entry("2", billable=False), entry("3", approved=False)]
    stage.wire.answers = [envelope("time_entries", *rows), reply(200, {})]
    stage.does(billing.write_off(stage.desk("W-0001"), GIVEN_UP))
    query = parse_qs(stage.wire.asked[0][1].query)
    assert query["date_performed_between"] == ["2026-01-26:2026-01-26"]
    assert query["with_user_ids"] == ["8"]
    assert sent(stage, 1) == {"time_entry_ids": ["1"], "reason": "kick-off"}


def test_time_that_is_not_approved_cannot_be_written_off_yet(stage: Stage) -> None:
    stage.wire.answers = [envelope("time_entries", entry("1", approved=False))]
    with pytest.raises(Blocked, match="time 'W-0003 2026-01-26 ENG-01' is not approved"):
        stage.does(billing.write_off(stage.desk("W-0001"), GIVEN_UP))


def test_time_written_off_already_is_left_alone(stage: Stage) -> None:
    stage.wire.answers = [envelope("time_entries", entry("1", billable=False, written_off=True))]
    stage.does(billing.write_off(stage.desk("W-0001"), GIVEN_UP))
    assert len(stage.wire.asked) == 1


NO_LINE = reply(200, [])
OPEN = {
    "date": "2026-02-10",
    "subtotal": "1700.01",
    "total": "2040.01",
    "amount_remaining": "2040.01",
    "currency": "GBP",
    "tran_id": "INV-UK-0003",
}


def test_a_payment_is_of_the_invoice_of_that_date_to_the_penny(stage: Stage) -> None:
    other = {
        "date": "2026-01-28",
        "subtotal": "4000.00",
        "total": "4800.00",
        "amount_remaining": "4800.00",
        "currency": "GBP",
        "tran_id": "INV-UK-0001",
    }
    stage.wire.answers = [NO_LINE, reply(200, [other, OPEN]), reply(200, {})]
    stage.does(cash.pay(stage.desk("finance-uk"), PAID))
    assert sent(stage, 2) == {
        "line_id": "BL-ENG-01-2026-01", "subsidiary": "UK", "date": "2026-02-12", "amount": "2040.01",
        "currency": "GBP", "payer": "Harbour Rail plc", "reference": "INV-UK-0003",
    }  # fmt: skip


def test_a_client_without_an_invoice_of_that_date_does_not_pay(stage: Stage) -> None:
    stage.wire.answers = [NO_LINE, reply(200, [{**OPEN, "date": "2026-02-11"}])]
    with pytest.raises(Blocked, match="the client has no invoice of 2026-02-10 for ENG-01"):
        stage.does(cash.pay(stage.desk("finance-uk"), PAID))


def test_a_bank_line_refused_at_the_first_try_is_a_closed_door(stage: Stage) -> None:
    stage.wire.answers = [NO_LINE, reply(200, [OPEN]), reply(400, {"errors": [{"message": "no subsidiary UK"}]})]
    with pytest.raises(Blocked, match="no subsidiary UK"):
        stage.does(cash.pay(stage.desk("finance-uk"), PAID))


def test_a_bank_line_imported_at_an_earlier_try_is_good(stage: Stage) -> None:
    stage.wire.answers = [reply(200, [{"line_id": "BL-ENG-01-2026-01", "status": "matched"}])]
    stage.does(cash.pay(stage.desk("finance-uk", attempts=1), PAID))
    assert stage.wire.answers == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_bank_line_the_erp_had_no_time_for_is_not_taken_for_imported(stage: Stage, status: int) -> None:
    stage.wire.answers = [NO_LINE, reply(200, [OPEN]), reply(status)]
    with pytest.raises(Blocked):
        stage.does(cash.pay(stage.desk("finance-uk", attempts=1), PAID))


@pytest.mark.parametrize(
    ("how", "amount", "reference"),
    [
        ({"short_by": "40.01"}, "2000.00", "INV-UK-0003"),
        ({"short_by": "-0.99"}, "2041.00", "INV-UK-0003"),
        # 10% of 1,700.01 net is 170.001.
        ({"withholding_percent": "10"}, "1870.01", "INV-UK-0003 TDS 170.00"),
        ({"unidentified": True}, "2040.01", "consulting fees"),
    ],
)
def test_a_client_pays_in_its_own_way(stage: Stage, how: dict[str, Any], amount: str, reference: str) -> None:
    stage.wire.answers = [NO_LINE, reply(200, [OPEN]), reply(200, {})]
    stage.does(cash.pay(stage.desk("finance-uk"), {**PAID, **how}))
    assert (sent(stage, 2)["amount"], sent(stage, 2)["reference"]) == (amount, reference)


def test_money_is_applied_to_the_invoice_it_was_for(stage: Stage) -> None:
    held = {"applied": "0.00", "unapplied": "2040.01"}
    stage.wire.answers = [reply(200, [held]), reply(200, [OPEN]), reply(200, {})]
    stage.does(cash.apply_payment(stage.desk("finance-uk"), PAID))
    assert sent(stage, 2) == {"payment": "BL-ENG-01-2026-01", "invoice": "INV-UK-0003"}


def test_money_that_is_applied_already_is_left_alone(stage: Stage) -> None:
    stage.wire.answers = [reply(200, [{"applied": "2040.01", "unapplied": "0.00"}])]
    stage.does(cash.apply_payment(stage.desk("finance-uk"), PAID))
    assert len(stage.wire.asked) == 1


def test_money_the_ledger_does_not_hold_yet_is_not_applied(stage: Stage) -> None:
    stage.wire.answers = [reply(200, [])]
    with pytest.raises(Blocked, match="no payment BL-ENG-01-2026-01 yet"):
        stage.does(cash.apply_payment(stage.desk("finance-uk"), PAID))
