"""A foreign document balances twice: in its own currency and in its subsidiary's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mocks.erp.client import Caller, error, fixed, invoice_body, text_of, time_body
from tests.mocks.erp.currencies import balance, fx_caller, ledger
from tests.mocks.erp.test_journals import journal, line


@pytest.fixture
def erp() -> Caller:
    """A client of the UK who pays in dollars, with a project."""
    caller = fx_caller()
    caller.client("C-1", country="US", currency="USD")
    caller.project()
    return caller


def bill(amount: str, day: str = "2026-01-10", **more: Any) -> dict[str, Any]:
    return invoice_body(item=fixed(amount), tranDate=day, **more)


def pay(amount: str, *applied: tuple[str, str], day: str = "2026-01-20", **more: Any) -> dict[str, Any]:
    items = [{"doc": {"externalId": code}, "apply": True, "amount": Decimal(part)} for code, part in applied]
    body = {"customer": {"externalId": "C-1"}, "payment": Decimal(amount), "tranDate": day}
    return {**body, **({"apply": {"items": items}} if items else {}), **more}


def test_an_invoice_is_in_the_clients_currency_and_its_ledger_in_both(erp: Caller) -> None:
    erp.time(tranDate="2026-01-09")
    invoice = erp.put("invoice", "I-1", invoice_body("T-1", item=fixed("100.01"), tranDate="2026-01-10"))
    read = erp.get("invoice", invoice)
    # 2.5 h x 150 = 375, and 100.01; a dollar is 0.8 pounds: 380.008, of it 300 and 80.008.
    assert (read["total"], read["currency"]["refName"], read["exchangeRate"]) == (
        Decimal("475.01"),
        "USD",
        Decimal("0.8"),
    )
    assert ledger(erp, invoice) == [
        ("1100", "380.01", "475.01", "USD"),
        ("2100", "-300.00", "-375.00", "USD"),
        ("2100", "-80.01", "-100.01", "USD"),
    ]
    (row,) = erp.rows("SELECT exchangerate r, foreigntotal t FROM transaction WHERE id = ?", invoice)
    assert row == {"r": "0.8", "t": "475.01"}
    rates = erp.rows("SELECT DISTINCT exchangerate r FROM transactionline WHERE transaction = ?", invoice)
    assert rates == erp.rows("SELECT DISTINCT exchangerate r FROM transactionaccountingline") == [{"r": "0.8"}]


def test_what_rounding_leaves_goes_to_the_largest_line(erp: Caller) -> None:
    items = [
        {"item": {"externalId": "FIXED"}, "quantity": 1, "rate": Decimal(rate)} for rate in ("0.03", "0.03", "0.04")
    ]
    invoice = erp.put("invoice", "I-1", invoice_body(item={"items": items}, tranDate="2026-01-10"))
    # 0.10 x 0.8 = 0.08; 0.024, 0.024, 0.032 round to 0.02 + 0.02 + 0.03 = 0.07: the largest takes 0.04.
    assert [net for _, net, _, _ in ledger(erp, invoice)] == ["0.08", "-0.02", "-0.02", "-0.04"]


def test_a_residue_larger_than_every_line_goes_to_rounding(erp: Caller) -> None:
    item = {"item": {"externalId": "FIXED"}, "quantity": 1, "rate": Decimal("0.01")}
    body = invoice_body(item={"items": [item] * 3}, tranDate="2026-01-10", exchangeRate=Decimal("0.4"))
    invoice = erp.put("invoice", "I-1", body)
    # 0.03 x 0.4 = 0.012 -> 0.01, every line 0.004 -> 0.
    assert [(n, net) for n, net, _, _ in ledger(erp, invoice)] == [
        ("1100", "0.01"),
        ("2100", "0.00"),
        ("2100", "0.00"),
        ("2100", "0.00"),
        ("7900", "-0.01"),
    ]


def test_a_yen_invoice_has_no_minor_units_and_its_ledger_has() -> None:
    erp = fx_caller()
    erp.client("C-1", country="JP", currency="JPY")
    body = {**bill("100001.5", "2026-01-31"), "job": None}
    # 100001.5 rounds to 100002 yen; x 0.00521 = 521.01042 pounds.
    assert ledger(erp, erp.put("invoice", "I-1", body))[0] == ("1100", "521.01", "100002.00", "JPY")


def test_a_pound_invoice_of_the_yen_entity_is_booked_in_whole_yen() -> None:
    erp = fx_caller()
    erp.client("C-1", "JP", "GB", currency="GBP")
    body = {**bill("10.01", "2026-01-31"), "job": None, "exchangeRate": Decimal("191.939")}
    # 10.01 x 191.939 = 1921.30939 yen.
    assert [net for _, net, _, _ in ledger(erp, erp.put("invoice", "I-1", body))] == ["1921.00", "-1921.00"]


def test_a_pending_invoice_takes_the_rate_of_the_date_it_is_moved_to(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("100", approvalStatus="1"))
    erp.patch("invoice", "eid:I-1", {"tranDate": "2026-01-20"})
    assert erp.get("invoice", "eid:I-1")["exchangeRate"] == Decimal("0.78125")
    erp.patch("invoice", "eid:I-1", {"approvalStatus": "2"})
    invoice = erp.get("invoice", "eid:I-1")["id"]
    # 100 x 0.78125 = 78.125, half a penny: away from zero.
    assert ledger(erp, invoice)[0] == ("1100", "78.13", "100.00", "USD")
    locked = erp.patch("invoice", "eid:I-1", {"exchangeRate": Decimal("0.9")})
    assert error(locked) == (400, "USER_ERROR", "exchangeRate")


def test_the_same_foreign_documents_again_change_nothing(erp: Caller) -> None:
    steps = (
        ("invoice", "I-1", bill("100")),
        ("customerPayment", "B-1", pay("150", ("I-1", "100"))),
        ("journalEntry", "J-1", dollars(("2100", "debit", "10.01"), ("4000", "credit", "10.01"))),
    )
    ids = [erp.put(*step) for step in steps]
    before = erp.mock.dump()
    assert [erp.put(*step) for step in steps] == ids
    assert erp.mock.dump() == before


def test_an_amount_too_large_in_the_subsidiarys_currency_is_refused(erp: Caller) -> None:
    before = erp.mock.dump()
    refused = erp.call("PUT", "invoice/eid:I-1", bill("900000000000", exchangeRate=Decimal(9999)))
    assert error(refused) == (400, "USER_ERROR", "exchangeRate")
    assert erp.mock.dump() == before


# -- cash ---------------------------------------------------------------------------------------------------------


def test_cash_comes_at_its_own_rate_and_the_difference_is_realised(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000"))
    payment = erp.put("customerPayment", "B-1", pay("1000", ("I-1", "1000")))
    # Billed at 0.8, paid at 0.78125: 800.00 of receivables for 781.25 of cash, 18.75 lost.
    assert ledger(erp, payment) == [
        ("1000", "781.25", "1000.00", "USD"),
        ("1100", "-800.00", "-1000.00", "USD"),
        ("7000", "18.75", "0.00", "USD"),
    ]
    assert balance(erp, "1100", "UK") == 0


def test_a_gain_is_a_credit(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000"))
    payment = erp.put("customerPayment", "B-1", pay("1000", ("I-1", "1000"), exchangeRate=Decimal("0.9")))
    assert ledger(erp, payment)[2] == ("7000", "-100.00", "0.00", "USD")


def test_unapplied_cash_keeps_its_receipts_rate_until_it_is_applied(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000"))
    payment = erp.put("customerPayment", "B-1", pay("1200", ("I-1", "1000")))
    # 200 x 0.78125 = 156.25 stays on 2150.
    assert ledger(erp, payment)[2] == ("2150", "-156.25", "-200.00", "USD")
    erp.put("invoice", "I-2", bill("150"))
    erp.put("customerPayment", "B-1", pay("1200", ("I-1", "1000"), ("I-2", "150")))
    # 150 out of 2150 at 0.78125 = 117.1875, cumulative 898.4375 - 781.25 = 117.19; the invoice is carried at 120.
    assert ledger(erp, payment)[4:] == [
        ("2150", "117.19", "150.00", "USD"),
        ("1100", "-120.00", "-150.00", "USD"),
        ("7000", "2.81", "0.00", "USD"),
    ]


def test_halves_of_an_invoice_and_of_unapplied_cash_add_up_to_the_whole(erp: Caller) -> None:
    third = Decimal("0.333")
    for code in ("I-1", "I-2"):
        erp.put("invoice", code, bill("0.50", exchangeRate=third))
    erp.put("invoice", "I-3", bill("1.00", exchangeRate=third))
    payment = erp.put("customerPayment", "B-1", pay("1.00", exchangeRate=third))
    erp.put("customerPayment", "B-1", pay("1.00", ("I-3", "0.50"), exchangeRate=third))
    erp.put("customerPayment", "B-1", pay("1.00", ("I-3", "0.50"), ("I-1", "0.50"), exchangeRate=third))
    # 1.00 x 0.333 = 0.33, and 0.1665 rounds to 0.17: the second half is 0.16. I-1 is carried at 0.17.
    assert [(n, net) for n, net, _, _ in ledger(erp, payment)] == [
        *(("1000", "0.33"), ("2150", "-0.33")),
        *(("2150", "0.17"), ("1100", "-0.17")),
        *(("2150", "0.16"), ("1100", "-0.17"), ("7000", "0.01")),
    ]
    payment = erp.put("customerPayment", "B-2", pay("1.00", ("I-3", "0.50"), exchangeRate=third))
    # I-3 went out as 0.17 and 0.16, for half of 0.33 of cash: 0.17, so 0.16 is unapplied.
    assert [(n, net) for n, net, _, _ in ledger(erp, payment)] == [
        *(("1000", "0.33"), ("1100", "-0.16"), ("2150", "-0.16"), ("7000", "-0.01")),
    ]
    assert balance(erp, "1100", "UK") == 1_700


RATE = st.integers(2_000, 20_000).map(lambda n: Decimal(n) / 10_000)


@settings(max_examples=30, deadline=None)
@given(
    total=st.integers(2_000, 9_999),
    parts=st.lists(st.tuples(st.integers(1, 3_000), RATE), min_size=2, max_size=4),
    at=RATE,
)
def test_an_invoice_paid_in_parts_leaves_nothing_whatever_the_rates(
    total: int, parts: list[tuple[int, Decimal]], at: Decimal
) -> None:
    """In words: when the document is paid, no functional amount is left, and 7000 is cash less what was billed."""
    erp = fx_caller()
    erp.client("C-1", country="US", currency="USD")
    erp.put("invoice", "I-1", {**bill(str(Decimal(total) / 100), exchangeRate=at), "job": None})
    left = total
    for number, (wished, rate) in enumerate(parts, start=1):
        part = left if number == len(parts) else min(wished, left)
        if part == 0:
            continue
        amount = str(Decimal(part) / 100)
        body = pay(amount, ("I-1", amount), exchangeRate=rate)
        assert erp.call("PUT", f"customerPayment/eid:B-{number}", body).status == 204
        left -= part
    assert balance(erp, "1100", "UK") == 0
    # 2100 holds the billed value (credit), 1000 the cash: the difference is realised.
    assert balance(erp, "7000", "UK") == -balance(erp, "1000", "UK") - balance(erp, "2100", "UK")


# -- journals -----------------------------------------------------------------------------------------------------


def dollars(*lines: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    """A journal of the UK in dollars; at 0.78125 on 31 January."""
    return journal(*(line(*each) for each in lines), currency="USD", **more)


def functional(body: dict[str, Any], *nets: str | None) -> dict[str, Any]:
    """The journal with functional amounts, a debit positive."""
    for item, net in zip(body["line"]["items"], nets, strict=True):
        if net is not None:
            side = "credit" if net.startswith("-") else "debit"
            item[f"custcol_functional_{side}"] = Decimal(net.removeprefix("-"))
    return body


def test_a_foreign_journal_is_converted_at_the_rate_of_its_date(erp: Caller) -> None:
    body = dollars(("2100", "debit", "0.10"), ("4000", "credit", "0.05"), ("4000", "credit", "0.05"))
    entry = erp.put("journalEntry", "J-1", body)
    # 0.078125 -> 0.08; twice 0.0390625 -> 0.04.
    assert [net for _, net, _, _ in ledger(erp, entry)] == ["0.08", "-0.04", "-0.04"]
    read = erp.get("journalEntry", entry, "expandSubResources=true")
    assert (read["exchangeRate"], read["line"]["items"][0]["debit"]) == (Decimal("0.78125"), Decimal("0.10"))
    assert read["line"]["items"][0]["custcol_functional_debit"] == Decimal("0.08")


def test_what_rounding_leaves_in_a_journal_goes_to_its_largest_line(erp: Caller) -> None:
    parts = (("4000", "credit", "0.03"), ("4000", "credit", "0.03"), ("4000", "credit", "0.04"))
    entry = erp.put("journalEntry", "J-1", dollars(("2100", "debit", "0.10"), *parts, exchangeRate=Decimal("0.8")))
    # 0.08 against 0.02 + 0.02 + 0.03.
    assert [net for _, net, _, _ in ledger(erp, entry)] == ["0.07", "-0.02", "-0.02", "-0.03"]


def test_a_batch_may_bring_functional_amounts_at_rates_of_its_own(erp: Caller) -> None:
    body = dollars(("2100", "debit", "100"), ("2100", "debit", "50"), ("4000", "credit", "150"))
    # 100 were billed in advance at 0.8, the rest at the month's average of 0.79.
    entry = erp.put("journalEntry", "J-1", functional(body, "80.00", "39.50", "-119.50"))
    assert ledger(erp, entry) == [
        ("2100", "80.00", "100.00", "USD"),
        ("2100", "39.50", "50.00", "USD"),
        ("4000", "-119.50", "-150.00", "USD"),
    ]


def test_a_line_may_be_in_the_functional_currency_alone(erp: Caller) -> None:
    body = dollars(("2100", "debit", "100"), ("4000", "credit", "100"))
    for account, side in (("2100", "debit"), ("7000", "credit")):
        body["line"]["items"].append({"account": {"externalId": account}, f"custcol_functional_{side}": Decimal("1.5")})
    entry = erp.put("journalEntry", "J-1", functional(body, "80", "-80", None, None))
    assert ledger(erp, entry)[2:] == [("2100", "1.50", "0.00", "USD"), ("7000", "-1.50", "0.00", "USD")]
    before = erp.mock.dump()
    assert erp.put("journalEntry", "J-1", body) == entry
    assert erp.mock.dump() == before


TWO = (("2100", "debit", "100"), ("4000", "credit", "100"))


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (functional(dollars(*TWO), "80", "-80.01"), "line", "debits are 80.00, credits are 80.01"),
        (functional(dollars(*TWO), "80", None), "line.items[1]", "every line"),
        (functional(dollars(*TWO), "-80", "80"), "line.items[0].custcol_functional_credit", "own side"),
        (functional(dollars(*TWO), "80.001", "-80"), "line.items[0].custcol_functional_debit", "2 decimals"),
        (
            functional(journal(*(line(*each) for each in TWO)), "80", "-80"),
            "line.items[0].custcol_functional_debit",
            "own amount",
        ),
        (dollars(*TWO, exchangeRate=Decimal(-1)), "exchangeRate", "positive"),
        (dollars(("2100", "debit", "100"), ("4000", "credit", "99.99")), "line", "credits are 99.99"),
        (journal(*(line(*each) for each in TWO), currency="JPY", tranDate="2026-01-09"), "exchangeRate", "JPY to GBP"),
    ],
)
def test_a_foreign_journal_that_does_not_hold_is_refused(
    erp: Caller, body: dict[str, Any], path: str, reason: str
) -> None:
    before = erp.mock.dump()
    refused = erp.call("PUT", "journalEntry/eid:J-1", body)
    assert error(refused) == (400, "USER_ERROR", path)
    assert reason in text_of(refused)
    assert erp.mock.dump() == before


def test_a_draft_is_converted_when_it_is_approved(erp: Caller) -> None:
    entry = erp.put("journalEntry", "J-1", dollars(*TWO, approved=False, tranDate="2026-01-10"))
    assert erp.get("journalEntry", entry)["exchangeRate"] == Decimal("0.8")
    erp.patch("journalEntry", entry, {"tranDate": "2026-01-31"})
    assert erp.patch("journalEntry", entry, {"approved": True}).status == 204
    assert [net for _, net, _, _ in ledger(erp, entry)] == ["78.13", "-78.13"]


AMOUNTS = st.lists(st.integers(1, 99_999), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(amounts=AMOUNTS, rate=RATE)
def test_a_foreign_journal_always_balances_in_both_currencies(amounts: list[int], rate: Decimal) -> None:
    erp = fx_caller()
    parts = [("4000", "credit", str(Decimal(each) / 100)) for each in amounts]
    body = dollars(("1000", "debit", str(Decimal(sum(amounts)) / 100)), *parts, exchangeRate=rate)
    entry = erp.put("journalEntry", "J-1", body)
    lines = erp.mock.store.find("transactionLine", {"transaction": entry})
    assert sum(each["debit"] - each["credit"] for each in lines) == 0
    assert sum(each["foreignAmount"] for each in lines) == 0


def test_time_on_a_dollar_project_is_costed_in_pounds_and_billed_in_dollars(erp: Caller) -> None:
    erp.put("timeBill", "T-1", time_body(tranDate="2026-01-09"))
    erp.act("close_period", period="2026-01")
    # 2.5 h x 50.
    assert balance(erp, "5000", "UK") == 1_250_000
