"""Cash: a bank line pays the one invoice it names, once; what names none, or several, is not applied."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.canonical import BankLine
from sandbox.engine.engine import Engine
from sandbox.engine.flows.billing import BillingFlow
from sandbox.engine.flows.cash import CashFlow, _line, _payload
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Missing
from sandbox.engine.store import Work
from sandbox.engine.weakened import CashOnly
from tests.engine.builders import Room, Saved, answer_lost, answered, executed_but, killed_after, work
from tests.engine.conftest import Opened
from tests.engine.flows.test_billing import deal, handle, invoice, pre_bill


@pytest.fixture
def owed(billed: Room) -> Room:
    """1,360.01 is open for hours, 3,240.00 for the fixed amount."""
    handle(billed)
    handle(billed, "ENG-02 instalment 1")
    billed.do(Engine(billed.context)._sources["psa.events"]())
    for each in billed.do(billed.store.due_work(billed.kernel.now_us(), 10)):
        billed.do(billed.store.finish_work(each))
    return billed


def bank(room: Room, reference: str, amount: str = "1360.01", line_id: str = "BL-1") -> None:
    room.screen(
        "finance-uk", "erp", "import_bank_line", line_id=line_id, subsidiary="UK", date="2026-02-09", amount=amount,
        currency="GBP", payer="Harbour Rail plc", reference=reference,
    )  # fmt: skip


def look(room: Room) -> list[Work]:
    room.do(CashFlow(room.context).look())
    return room.do(room.store.due_work(room.kernel.now_us(), 10))


def match(room: Room) -> None:
    (found,) = look(room)
    room.do(CashFlow(room.context).handle(found))


def failed(room: Room) -> BaseException:
    (found,) = look(room)
    return room.fails(CashFlow(room.context).handle(found))


def number(room: Room, title: str = "ENG-01 2026-01") -> str:
    return str(invoice(room, title)["tranId"])


def open_amount(room: Room, title: str = "ENG-01 2026-01") -> int:
    return int(invoice(room, title)["amountRemaining"])


# -- learning ----------------------------------------------------------------------------------------------------------


def test_unmatched_lines_are_queued_with_exact_amounts_once(owed: Room) -> None:
    bank(owed, number(owed))
    (found,) = look(owed)
    assert (found.flow, found.lane, found.key) == ("cash", "BL-1", "BL-1")
    assert found.payload == {
        "line_id": "BL-1",
        "on": "2026-02-09",
        "amount": "1360.01",
        "currency": "GBP",
        "reference": number(owed),
        "payer": "Harbour Rail plc",
    }
    owed.do(owed.store.finish_work(found))
    # Still unmatched, and taken.
    assert look(owed) == []


def test_an_engine_that_forgets_takes_an_unmatched_line_again(opened: Opened, billed_state: Saved) -> None:
    class Forgetful(Policy):
        def forgets_events(self) -> bool:
            return True

    room = opened(Forgetful, saved=billed_state)
    bank(room, "INV1")
    (found,) = look(room)
    room.do(room.store.finish_work(found))
    assert len(look(room)) == 1


@given(st.builds(BankLine, amount=st.decimals(0, 10**9, places=4), on=st.dates()))
def test_a_line_is_the_same_after_it_waited_in_the_store(line: BankLine) -> None:
    assert _line(orjson.loads(orjson.dumps(_payload(line)))) == line


# -- matching ----------------------------------------------------------------------------------------------------------


def test_a_payment_in_full_closes_the_invoice_and_shows_everywhere(owed: Room) -> None:
    bank(owed, number(owed))
    match(owed)
    row = owed.row("erp", "customerPayment")
    assert (row["payment"], row["applied"], row["tranDate"]) == (13_600_100, 13_600_100, "2026-02-09")
    assert open_amount(owed) == 0
    assert owed.row("erp", "bankStatementLine")["status"] == "matched"
    paid = owed.row("psa", "external_payment")
    assert (paid["amount"], paid["date"], paid["invoice_id"]) == (13_600_100, "2026-02-09", pre_bill(owed)["id"])
    assert pre_bill(owed)["balance"] == 0
    assert (deal(owed)["Paid_Amount__c"], deal(owed)["Billed_Amount__c"]) == (13_600_100, 11_333_400)
    # Nothing of it touches the other deal.
    assert deal(owed, "ENG-02")["Paid_Amount__c"] == 0
    assert open_amount(owed, "ENG-02 instalment 1") == 32_400_000


@pytest.mark.parametrize(
    ("title", "code", "gross"),
    [("ENG-01 2026-01", "ENG-01", "1360.01"), ("ENG-02 instalment 1", "ENG-02", "3240.00")],
)
def test_a_payment_goes_to_the_pre_bill_whose_number_it_names(owed: Room, title: str, code: str, gross: str) -> None:
    bank(owed, number(owed, title), gross)
    match(owed)
    assert owed.row("psa", "external_payment")["invoice_id"] == pre_bill(owed, title)["id"]
    assert {each: deal(owed, each)["Paid_Amount__c"] > 0 for each in ("ENG-01", "ENG-02")} == {
        "ENG-01": code == "ENG-01",
        "ENG-02": code == "ENG-02",
    }


def test_two_part_payments_add_up(owed: Room) -> None:
    bank(owed, number(owed), "1000.00")
    match(owed)
    assert (open_amount(owed), deal(owed)["Paid_Amount__c"]) == (3_600_100, 10_000_000)
    for each in owed.do(owed.store.due_work(owed.kernel.now_us(), 10)):
        owed.do(owed.store.finish_work(each))
    bank(owed, number(owed), "360.01", "BL-2")
    match(owed)
    assert (open_amount(owed), deal(owed)["Paid_Amount__c"]) == (0, 13_600_100)


@pytest.mark.parametrize(
    ("system", "method", "part"),
    [
        ("erp", "PUT", "/customerPayment/"),
        ("psa", "POST", "/external_payments"),
        ("crm", "PATCH", "/Opportunity/"),
    ],
)
@pytest.mark.parametrize("hurt", [answer_lost, executed_but(500), killed_after])
def test_whatever_is_cut_the_client_has_paid_once(owed: Room, system: str, method: str, part: str, hurt: Any) -> None:
    bank(owed, number(owed))
    (found,) = look(owed)
    owed.wire.meets(system, method, part, hurt)
    if hurt is killed_after:
        owed.fails(CashFlow(owed.context).handle(found))
        owed.crash()
    owed.do(CashFlow(owed.context).handle(found))
    assert len(owed.rows("erp", "customerPayment")) == len(owed.rows("psa", "external_payment")) == 1
    assert (open_amount(owed), pre_bill(owed)["balance"], deal(owed)["Paid_Amount__c"]) == (0, 0, 13_600_100)


# -- what is not applied -----------------------------------------------------------------------------------------------


def ambiguous(room: Room) -> str:
    return f"{number(room)} {number(room, 'ENG-02 instalment 1')}"


@pytest.mark.parametrize(
    "reference",
    [
        ambiguous,
        lambda room: number(room)[:-1],
        lambda room: f"{number(room)}0",
        lambda room: pre_bill(room)["id"],
    ],
    ids=["two numbers", "cut off", "longer", "pre-bill"],
)
def test_a_number_that_is_not_one_invoices_waits(owed: Room, reference: Any) -> None:
    text = reference(owed)
    bank(owed, text)
    missing = failed(owed)
    assert isinstance(missing, Missing)
    assert missing.message == f"bank line BL-1 names {text!r}, which is no invoice"
    assert owed.rows("erp", "customerPayment") == owed.rows("psa", "external_payment") == []
    assert owed.row("erp", "bankStatementLine")["status"] == "unmatched"


def test_a_payment_of_an_invoice_the_engine_did_not_make_waits(owed: Room) -> None:
    bank(owed, number(owed))
    owed.store._write("DELETE FROM document WHERE kind = 'invoice'", ())
    missing = failed(owed)
    assert isinstance(missing, Missing)
    assert missing.message == f"invoice {number(owed)} has no pre-bill yet"
    assert owed.rows("erp", "customerPayment") == []


@pytest.mark.parametrize("reference", ["", "January", "Harbour Rail plc", "%"])
def test_money_that_names_no_document_is_held_for_its_client(owed: Room, reference: str) -> None:
    bank(owed, reference)
    match(owed)
    row = owed.row("erp", "customerPayment")
    assert (row["payment"], row["applied"], row["unapplied"]) == (13_600_100, 0, 13_600_100)
    assert owed.row("erp", "bankStatementLine")["status"] == "matched"
    assert owed.rows("psa", "external_payment") == []
    assert (open_amount(owed), deal(owed)["Paid_Amount__c"]) == (13_600_100, 0)


def test_money_of_a_stranger_that_names_no_document_waits(owed: Room) -> None:
    owed.screen(
        "finance-uk", "erp", "import_bank_line", line_id="BL-1", subsidiary="UK", date="2026-02-09", amount="1.00",
        currency="GBP", payer="Nobody we know", reference="",
    )  # fmt: skip
    assert isinstance(failed(owed), Missing)
    assert owed.rows("erp", "customerPayment") == []


def test_held_money_shows_once_a_person_applied_it(owed: Room) -> None:
    bank(owed, "fees")
    match(owed)
    for each in owed.do(owed.store.due_work(owed.kernel.now_us(), 10)):
        owed.do(owed.store.finish_work(each))
    assert look(owed) == []
    owed.screen("finance-uk", "erp", "apply_payment", payment="BL-1", invoice=number(owed))
    match(owed)
    assert owed.row("psa", "external_payment")["amount"] == 13_600_100
    assert (open_amount(owed), pre_bill(owed)["balance"], deal(owed)["Paid_Amount__c"]) == (0, 0, 13_600_100)
    for each in owed.do(owed.store.due_work(owed.kernel.now_us(), 10)):
        owed.do(owed.store.finish_work(each))
    assert look(owed) == []


def test_more_than_is_owed_pays_the_invoice_and_the_rest_is_held(owed: Room) -> None:
    bank(owed, number(owed), "1360.02")
    match(owed)
    row = owed.row("erp", "customerPayment")
    assert (row["payment"], row["applied"], row["unapplied"]) == (13_600_200, 13_600_100, 100)
    assert owed.row("psa", "external_payment")["amount"] == 13_600_100
    assert (open_amount(owed), deal(owed)["Paid_Amount__c"]) == (0, 13_600_100)


def test_tax_kept_back_settles_the_invoice_with_the_cash(owed: Room) -> None:
    """10% of 1,133.34 net."""
    bank(owed, f"{number(owed)} TDS 113.33", "1246.68")
    match(owed)
    row = owed.row("erp", "customerPayment")
    assert (row["payment"], row["custbody_withholding"], row["applied"]) == (12_466_800, 1_133_300, 13_600_100)
    assert owed.row("psa", "external_payment")["amount"] == 13_600_100
    assert (open_amount(owed), pre_bill(owed)["balance"], deal(owed)["Paid_Amount__c"]) == (0, 0, 13_600_100)


def test_an_engine_of_cash_only_leaves_the_tax_kept_back_open(opened: Opened, billed_state: Saved) -> None:
    room = opened(CashOnly, saved=billed_state)
    handle(room)
    bank(room, f"{number(room)} TDS 113.33", "1246.68")
    found = next(each for each in look(room) if each.flow == "cash")
    room.do(CashFlow(room.context).handle(found))
    assert open_amount(room) == 1_133_300


def test_what_is_settled_is_decided_once(owed: Room) -> None:
    """After the payment less is open: a repeat must not apply that little."""
    bank(owed, number(owed), "1000.00")
    (found,) = look(owed)
    owed.do(CashFlow(owed.context).handle(found))
    owed.do(CashFlow(owed.context).handle(found))
    assert (owed.row("erp", "customerPayment")["applied"], open_amount(owed)) == (10_000_000, 3_600_100)


def test_a_payment_that_comes_before_the_pre_bill_knows_its_tax_waits(billed: Room) -> None:
    billed.wire.always("psa", "PUT", "/invoices/", answered(503))
    billed.fails(BillingFlow(billed.context).handle(work("billing", pre_bill(billed)["id"])))
    bank(billed, number(billed))
    # Gross is paid, the pre-bill still says net: 422 from the PSA, a dead letter for a mere matter of order.
    assert isinstance(failed(billed), Missing)
