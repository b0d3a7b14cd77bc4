"""Tax, voids, credits, withholding and reversals of foreign documents: nothing is converted twice, nothing is left."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.erp.system import Erp
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import DAY_US, ManualClock
from sandbox.core.damage import NoFaults
from sandbox.core.observe import Unobserved
from tests.mocks.erp.client import EPOCH, Caller, error, fixed, text_of
from tests.mocks.erp.currencies import balance, ledger, taxed_tenant
from tests.mocks.erp.test_credits import credit_body
from tests.mocks.erp.test_expenses import APPROVED, BILLABLE, report_body
from tests.mocks.erp.test_expenses import line as expense_line
from tests.mocks.erp.test_foreign_documents import TWO, bill, dollars, functional, pay


def taxed(clock: ManualClock | None = None) -> Caller:
    """A client of the UK who pays in dollars and cannot prove to be a business: taxed at 20%, at home."""
    context = Context(clock or ManualClock(EPOCH), Chance(1), Unobserved(), NoFaults())
    caller = Caller(Erp(context, taxed_tenant()))
    caller.client("C-1", country="US", currency="USD")
    caller.project()
    return caller


@pytest.fixture
def erp() -> Caller:
    return taxed()


def nets(erp: Caller, document: str) -> list[tuple[str, str]]:
    """Account and functional amount of every line."""
    return [(number, net) for number, net, _, _ in ledger(erp, document)]


def credit(erp: Caller, code: str, invoice: str, *amounts: str, **more: Any) -> str:
    return erp.put("creditMemo", code, credit_body(invoice, *amounts, **more))


# -- tax ----------------------------------------------------------------------------------------------------------


def test_tax_is_converted_and_the_largest_line_takes_what_rounding_leaves(erp: Caller) -> None:
    invoice = erp.put("invoice", "I-1", bill("100.03", exchangeRate=Decimal("0.85")))
    # Tax 100.03 x 0.20 = 20.006. 120.04 x 0.85 = 102.034, of it 85.0255 -> 85.03 and 17.0085 -> 17.01: one penny over.
    assert ledger(erp, invoice) == [
        ("1100", "102.03", "120.04", "USD"),
        ("2100", "-85.02", "-100.03", "USD"),
        ("2300", "-17.01", "-20.01", "USD"),
    ]
    (row,) = erp.rows("SELECT BUILTIN.DF(taxcode) t, exchangerate r FROM transactionline WHERE taxcode IS NOT NULL")
    assert row == {"t": "GB-S", "r": "0.85"}


# -- void ---------------------------------------------------------------------------------------------------------


def test_a_void_mirrors_both_amounts_of_every_line(erp: Caller) -> None:
    invoice = erp.put("invoice", "I-1", bill("100.03", exchangeRate=Decimal("0.85")))
    erp.act("void_invoice", invoice="INV-UK-0001", reason="wrong client")
    lines = ledger(erp, invoice)
    assert lines[3:] == [
        ("1100", "-102.03", "-120.04", "USD"),
        ("2100", "85.02", "100.03", "USD"),
        ("2300", "17.01", "20.01", "USD"),
    ]
    items = erp.rows("SELECT custcol_open_item o FROM transactionline WHERE custcol_open_item IS NOT NULL")
    assert items == [{"o": invoice}, {"o": invoice}]


def test_a_void_invoice_is_no_open_item_at_the_closing_rate(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("100.03", exchangeRate=Decimal("0.85")))
    erp.act("void_invoice", invoice="INV-UK-0001", reason="wrong client")
    assert erp.act("revalue", subsidiary="UK", period="2026-01").json() == []


def test_a_line_that_rounding_alone_made_is_mirrored_too(erp: Caller) -> None:
    # A hundred items of 0.01 at 0.5 round to 0.01 each: 0.60 of 1.20 against 1.00 and 0.10 of tax.
    items = {"items": [*fixed("0.01")["items"]] * 100}
    invoice = erp.put("invoice", "I-1", {**bill("1", exchangeRate=Decimal("0.5")), "item": items})
    assert nets(erp, invoice)[-1] == ("7900", "0.50")
    erp.act("void_invoice", invoice="INV-UK-0001", reason="wrong client")
    assert [balance(erp, number, "UK") for number in ("1100", "2100", "2300", "7900")] == [0, 0, 0, 0]


# -- credits ------------------------------------------------------------------------------------------------------


def test_a_credit_is_at_the_rate_of_its_invoice_not_of_its_own_date(erp: Caller) -> None:
    invoice = erp.put("invoice", "I-1", bill("100"))
    memo = credit(erp, "CM-1", "I-1", "40")
    # Dated 31 January, when a dollar is 0.78125; the invoice of the 10th went out at 0.8: 48 x 0.8 = 38.4.
    assert ledger(erp, memo) == [
        ("1100", "-38.40", "-48.00", "USD"),
        ("2100", "32.00", "40.00", "USD"),
        ("2300", "6.40", "8.00", "USD"),
    ]
    assert erp.get("creditMemo", memo)["exchangeRate"] == Decimal("0.8")
    items = erp.rows("SELECT custcol_open_item o FROM transactionline WHERE transaction = ? AND id = 0", memo)
    assert items == [{"o": invoice}]


def test_a_credit_at_another_rate_is_refused(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("100"))
    before = erp.mock.dump()
    refused = erp.call("PUT", "creditMemo/eid:CM-1", credit_body("I-1", "40", exchangeRate=Decimal("0.78125")))
    assert error(refused) == (400, "USER_ERROR", "exchangeRate")
    assert "booked at 0.8." in text_of(refused)
    assert erp.mock.dump() == before


def test_a_credited_item_is_remeasured_with_what_is_left_of_it(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("100"))
    credit(erp, "CM-1", "I-1", "40")
    (done,) = erp.act("revalue", subsidiary="UK", period="2026-01").json()
    # 72 dollars are left, carried at 57.60; a pound closes at 1.3: 72 x 0.769230769230769 = 55.38.
    assert (done["currency"], done["gain"]) == ("USD", "-2.22")
    assert balance(erp, "1100", "UK", "2026-01-31") == 553_800


def test_credits_and_a_payment_clear_an_odd_invoice_to_the_penny(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("0.10", exchangeRate=Decimal("0.333")))
    # 0.12 in all is carried at 0.04. Credited 0.02 + 0.00 tax: 0.00666 -> 0.01; paid 0.10: the rest, 0.03.
    memo = credit(erp, "CM-1", "I-1", "0.02")
    assert nets(erp, memo) == [("1100", "-0.01"), ("2100", "0.01")]
    payment = erp.put("customerPayment", "B-1", pay("0.10", ("I-1", "0.10"), day="2026-01-31"))
    # Cash: 0.10 x 0.78125 = 0.08.
    assert nets(erp, payment) == [("1000", "0.08"), ("1100", "-0.03"), ("7000", "-0.05")]
    assert balance(erp, "1100", "UK") == 0


def test_a_foreign_credit_pays_no_other_invoice(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("100"))
    erp.put("invoice", "I-2", bill("100", "2026-01-21"))
    apply = {"items": [{"doc": {"externalId": "I-2"}, "amount": Decimal(10)}]}
    before = erp.mock.dump()
    refused = erp.call("PUT", "creditMemo/eid:CM-1", credit_body("I-1", "40", apply=apply))
    assert error(refused) == (400, "USER_ERROR", "apply")
    assert "the invoice it credits only" in text_of(refused)
    assert erp.mock.dump() == before
    credit(erp, "CM-1", "I-1", "40", apply={"items": []})
    refused = erp.call("PATCH", "creditMemo/eid:CM-1", {"apply": apply})
    assert error(refused) == (400, "USER_ERROR", "apply")


PARTS = st.lists(
    st.tuples(st.sampled_from(("credit", "unapplied", "payment")), st.integers(1, 3_000)), min_size=1, max_size=5
)


@settings(max_examples=30, deadline=None)
@given(total=st.integers(1, 9_999), parts=PARTS, rate=st.integers(2_000, 20_000))
def test_whatever_clears_an_invoice_the_receivable_ends_at_nothing(
    total: int, parts: list[tuple[str, int]], rate: int
) -> None:
    """In words: after any credits (applied at once or later) and payments, the last one leaves no functional amount."""
    erp = taxed()
    erp.put("invoice", "I-1", bill(str(Decimal(total) / 100), exchangeRate=Decimal(rate) / 10_000))
    net_left = total
    later: list[str] = []
    for number, (kind, wished) in enumerate(parts):
        invoice = erp.get("invoice", "eid:I-1")
        unapplied = sum(erp.get("creditMemo", f"eid:{code}")["unapplied"] for code in later)
        free = int((invoice["amountRemaining"] - unapplied) * 100)
        part = min(wished, free)
        if kind == "payment" and part:
            amount = str(Decimal(part) / 100)
            erp.put("customerPayment", f"B-{number}", pay(amount, ("I-1", amount)))
            continue
        # A sixth of what is open may be tax.
        net = min(wished, net_left, free * 5 // 6 - 1)
        if net < 1:
            continue
        net_left -= net
        more: dict[str, Any] = {"apply": {"items": []}} if kind == "unapplied" else {}
        credit(erp, f"CM-{number}", "I-1", str(Decimal(net) / 100), **more)
        later += [f"CM-{number}"] if more else []
    for code in later:
        applied = {"apply": {"items": [{"doc": {"externalId": "I-1"}}]}}
        assert erp.call("PATCH", f"creditMemo/eid:{code}", applied).status == 204
    rest = erp.get("invoice", "eid:I-1")["amountRemaining"]
    if rest:
        erp.put("customerPayment", "B-last", pay(str(rest), ("I-1", str(rest))))
    assert erp.get("invoice", "eid:I-1")["amountRemaining"] == 0
    assert balance(erp, "1100", "UK") == 0


# -- withholding --------------------------------------------------------------------------------------------------


def test_withheld_tax_comes_at_the_rate_of_the_receipt_as_the_cash_does(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000"))
    body = pay("1080", ("I-1", "1200"), custbody_withholding=Decimal(120))
    payment = erp.put("customerPayment", "B-1", body)
    # Billed 1,200 at 0.8 = 960. At 0.78125: cash 843.75, withheld 93.75; 960 - 937.50 = 22.50 lost.
    assert ledger(erp, payment) == [
        ("1000", "843.75", "1080.00", "USD"),
        ("1100", "-960.00", "-1200.00", "USD"),
        ("1140", "93.75", "120.00", "USD"),
        ("7000", "22.50", "0.00", "USD"),
    ]


def test_withholding_and_unapplied_cash_share_the_receipts_rounding(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1.00", exchangeRate=Decimal("0.333")))
    body = pay("1.25", ("I-1", "1.20"), custbody_withholding=Decimal("0.10"), exchangeRate=Decimal("0.333"))
    payment = erp.put("customerPayment", "B-1", body)
    # 1.35 in all: 0.44955 -> 0.45, of it cash 0.41625 -> 0.42 and the rest, 0.03, withheld;
    # applied 1.20 = 0.3996 -> 0.40, so 0.05 stays.
    assert nets(erp, payment) == [("1000", "0.42"), ("1100", "-0.40"), ("2150", "-0.05"), ("1140", "0.03")]


# -- reversals ----------------------------------------------------------------------------------------------------


def test_a_reversing_foreign_journal_comes_back_at_its_own_rate(erp: Caller) -> None:
    body = dollars(*TWO, exchangeRate=Decimal("0.79"), reversalDate="2026-02-01")
    entry = erp.put("journalEntry", "J-1", body)
    reversal = erp.get("journalEntry", erp.get("journalEntry", entry)["reversalEntry"]["id"])
    # On 1 February a dollar is 0.78125; the journal was at 0.79.
    assert reversal["exchangeRate"] == Decimal("0.79")
    assert ledger(erp, reversal["id"]) == [("2100", "-79.00", "-100.00", "USD"), ("4000", "79.00", "100.00", "USD")]


def test_a_journal_with_functional_amounts_is_reversed_with_them(clock: ManualClock) -> None:
    erp = taxed(clock)
    body = dollars(*TWO, reversalDate="2026-02-01", reversalDefer=True)
    body["line"]["items"].append({"account": {"externalId": "2100"}, "custcol_functional_debit": Decimal("1.5")})
    body["line"]["items"].append({"account": {"externalId": "7000"}, "custcol_functional_credit": Decimal("1.5")})
    entry = erp.put("journalEntry", "J-1", functional(body, "80", "-80", None, None))
    clock.advance_to(62 * DAY_US)
    erp.mock.run_due()
    reversal = erp.get("journalEntry", entry)["reversalEntry"]["id"]
    assert ledger(erp, reversal) == [
        ("2100", "-80.00", "-100.00", "USD"),
        ("4000", "80.00", "100.00", "USD"),
        ("2100", "-1.50", "0.00", "USD"),
        ("7000", "1.50", "0.00", "USD"),
    ]


# -- orders, expenses, the close ----------------------------------------------------------------------------------


def test_a_foreign_order_knows_the_rate_of_its_date(erp: Caller) -> None:
    body = {"entity": {"externalId": "C-1"}, "tranDate": "2026-01-10", "item": fixed("100")}
    order = erp.put("salesOrder", "O-1", body)
    assert erp.rows("SELECT exchangerate r FROM transaction WHERE id = ?", order) == [{"r": "0.8"}]
    erp.patch("salesOrder", order, {"tranDate": "2026-01-20"})
    assert erp.rows("SELECT exchangerate r FROM transaction WHERE id = ?", order) == [{"r": "0.78125"}]


def test_an_expense_in_pounds_is_not_charged_as_dollars_unless_somebody_says_how_many(erp: Caller) -> None:
    erp.put("expenseReport", "E-1", report_body(expense_line("80", **BILLABLE), **APPROVED))
    cost: dict[str, Any] = {"doc": {"externalId": "E-1"}}
    body = bill("100", expCost={"items": [cost]})
    refused = erp.call("PUT", "invoice/eid:I-1", body)
    assert error(refused) == (400, "USER_ERROR", "expCost.items[0].amount")
    cost["amount"] = Decimal("102.40")
    invoice = erp.get("invoice", erp.put("invoice", "I-1", body))
    assert invoice["subtotal"] == Decimal("202.40")


def test_an_expense_for_a_project_of_an_entity_one_may_not_work_for_is_refused(erp: Caller) -> None:
    erp.client("C-2", "US", "US")
    erp.project("P-2", "C-2", "US")
    refused = erp.call("PUT", "expenseReport/eid:E-1", report_body(expense_line("80", customer={"externalId": "P-2"})))
    assert error(refused) == (400, "INVALID_KEY_OR_REF", "expense.items[0].customer")


def test_the_close_screens_post_into_a_soft_closed_month(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("100"))
    erp.act("soft_close_period", period="2026-01")
    (done,) = erp.act("revalue", subsidiary="UK", period="2026-01").json()
    # 120 dollars at 96.00; 120 x 0.769230769230769 = 92.31.
    assert done["gain"] == "-3.69"
    assert erp.act("intercompany", period="2026-01").status == 200
