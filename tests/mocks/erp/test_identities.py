"""Whatever documents come in, the books balance: journals, trial balance, receivables against open invoices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.clock import DAY_US, ManualClock
from tests.mocks.erp.client import EPOCH, Caller, fixed, invoice_body, make, time_body

AMOUNTS = st.decimals("0.01", "500", places=2)
CODES = st.sampled_from("ABC")
SUBSIDIARY = {"subsidiary": {"externalId": "UK"}, "tranDate": "2026-01-20"}


def _journal(debit: Decimal, credit: Decimal) -> dict[str, Any]:
    sides = [("2100", "debit", debit), ("4000", "credit", credit)]
    return {
        **SUBSIDIARY,
        "line": {"items": [{"account": {"externalId": n}, side: amount} for n, side, amount in sides]},
    }


def _payment(amount: Decimal, code: str, part: Decimal | None) -> dict[str, Any]:
    line = {"doc": {"externalId": f"I-{code}"}, "apply": True, **({} if part is None else {"amount": part})}
    return {"customer": {"externalId": "C-1"}, "payment": amount, "tranDate": "2026-01-20", "apply": {"items": [line]}}


STEPS = st.one_of(
    st.builds(
        lambda code, hours: ("PUT", f"timeBill/eid:T-{code}", time_body(hours=f"{hours}:10")), CODES, st.integers(0, 9)
    ),
    st.builds(lambda code, time: ("PUT", f"invoice/eid:I-{code}", invoice_body(f"T-{time}")), CODES, CODES),
    st.builds(
        lambda code, amount: ("PUT", f"invoice/eid:I-{code}", invoice_body(item=fixed(str(amount)))), CODES, AMOUNTS
    ),
    st.builds(
        lambda code, amount: (
            "PUT",
            f"invoice/eid:I-{code}",
            invoice_body(item=fixed(str(amount)), approvalStatus="1"),
        ),
        CODES,
        AMOUNTS,
    ),
    st.builds(lambda code: ("PATCH", f"invoice/eid:I-{code}", {"approvalStatus": "2"}), CODES),
    st.builds(lambda code: ("DELETE", f"invoice/eid:I-{code}", None), CODES),
    st.builds(
        lambda number, amount, code, part: ("PUT", f"customerPayment/eid:B-{number}", _payment(amount, code, part)),
        CODES,
        AMOUNTS,
        CODES,
        st.none() | AMOUNTS,
    ),
    st.builds(
        lambda code, debit, credit: ("PUT", f"journalEntry/eid:J-{code}", _journal(debit, credit or debit)),
        CODES,
        AMOUNTS,
        st.none() | AMOUNTS,
    ),
)


def _sum(erp: Caller, sql: str, *arguments: str) -> int:
    ((total,),) = erp.mock.store.read(sql, arguments)
    return int(total or 0)


@settings(max_examples=30, deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_the_books_hold_whatever_documents_come(steps: list[tuple[str, str, dict[str, Any] | None]]) -> None:
    clock = ManualClock(EPOCH)
    erp = Caller(make(clock)).world()
    for method, path, body in steps:
        before = erp.mock.dump()
        response = erp.call(method, path, body)
        assert response.status in (204, 400, 404), response.body
        if response.status != 204:
            assert erp.mock.dump() == before
        elif method == "PUT":
            # The same again is a success that changes nothing.
            after = erp.mock.dump()
            assert erp.call(method, path, body).status == 204
            assert erp.mock.dump() == after
    clock.advance_to(DAY_US)
    erp.mock.run_due()
    lines = 'FROM "transactionLine" WHERE "_deleted" = 0'
    assert erp.mock.store.read(f'SELECT 1 {lines} GROUP BY "transaction" HAVING sum("debit" - "credit") <> 0') == []
    assert (
        erp.mock.store.read(f'SELECT 1 {lines} GROUP BY "subsidiary", "period" HAVING sum("debit" - "credit") <> 0')
        == []
    )
    receivables = erp.mock.books.account("1100")
    open_invoices = '"approvalStatus" = \'2\' AND "_deleted" = 0'
    assert _sum(erp, f'SELECT sum("debit" - "credit") {lines} AND "account" = ?', receivables) == _sum(
        erp, f'SELECT sum("amountRemaining") FROM "invoice" WHERE {open_invoices}'
    )
    unapplied = erp.mock.books.account("2150")
    assert -_sum(erp, f'SELECT sum("debit" - "credit") {lines} AND "account" = ?', unapplied) == _sum(
        erp, 'SELECT sum("unapplied") FROM "customerPayment"'
    )
    numbers = [row["sequence"] for row in erp.mock.store.find("invoice", order='"sequence"', deleted=True)]
    assert numbers == list(range(1, len(numbers) + 1))
    for row in erp.mock.store.find("timeBill"):
        held = erp.mock.store.find("invoiceLine", {"doc": row["id"]})
        assert [line["invoice"] for line in held] == ([] if row["invoice"] is None else [row["invoice"]])


@settings(max_examples=25, deadline=None)
@given(debit=AMOUNTS, credit=AMOUNTS)
def test_an_unbalanced_journal_never_lands_and_a_balanced_one_does(debit: Decimal, credit: Decimal) -> None:
    erp = Caller(make())
    response = erp.call("POST", "journalEntry", _journal(debit, credit))
    assert response.status == (204 if debit == credit else 400)
    assert bool(erp.mock.dump()["transactionLine"]) == (debit == credit)
