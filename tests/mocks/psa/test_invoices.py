"""The pre-bill: drafted from approved time, held, written off, issued, cancelled and paid, to the cent."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.psa.rules_invoices import amounts
from mocks.psa.system import Psa
from tests.mocks.psa.client import (
    ANA,
    BEN,
    LEAD,
    act,
    approved,
    get,
    ids,
    invoice,
    listed,
    log,
    make,
    ok,
    post,
    project,
    put,
    refused,
    send,
    submit,
)


def change(mock: Psa, invoice_id: str, **given_: Any) -> dict[str, Any]:
    return put(mock, f"invoices/{invoice_id}", {"invoice": given_})


def shown(mock: Psa, invoice_id: str) -> dict[str, Any]:
    return listed(mock, "invoices", only=invoice_id)[0]


def refuse(mock: Psa, method: str, path: str, body: Any, field: str) -> None:
    before = mock.dump()
    refused(send(mock, method, path, body), 422, field)
    assert mock.dump() == before


def sums(made: dict[str, Any]) -> tuple[int, int, int, int]:
    return (
        made["subtotal_in_cents"],
        made["tax_amount_in_cents"],
        made["total_in_cents"],
        made["balance_in_cents"],
    )


def test_a_draft_sums_time_and_fixed_fees_and_taxes_the_document(mock: Psa, workspace_id: str) -> None:
    story = post(mock, "stories", {"story": {"workspace_id": workspace_id, "title": "Sign-off"}})
    entry_ids = [approved(mock, workspace_id), approved(mock, workspace_id, BEN, time_in_minutes=50)]
    items = [{"amount": 1000, "notes": "Milestone", "story_id": int(story["id"])}, {"amount": Decimal("0.50")}]
    made = invoice(
        mock, workspace_id, [int(each) for each in entry_ids], draft=True, tax_rate=Decimal("19.0"),
        fixed_fee_items=items, invoice_date="2026-01-31", user_invoice_title="January",
    )  # fmt: skip
    assert sums(made) == (1200_00 + 125_00 + 1000_50, 441_85, 2767_35, 2767_35)
    expected = {
        "workspace_id": workspace_id,
        "title": "Draft Invoice #1",
        "status": "new",
        "draft": True,
        "invoice_date": "2026-01-31",
        "due_date": "2026-03-02",
        "payment_schedule": 30,
        "user_invoice_number": None,
        "user_invoice_title": "January",
        "tax_rate": 19,
        "currency": "EUR",
        "currency_base_unit": 100,
    }
    assert {name: made[name] for name in expected} == expected
    content = get(mock, f"invoices/{made['id']}", include="time_entries,fixed_fee_items,workspace")
    lines = content["invoices"][made["id"]]
    assert lines["time_entry_ids"] == sorted(entry_ids)
    fees = [content["fixed_fee_items"][each]["amount_in_cents"] for each in lines["fixed_fee_item_ids"]]
    assert sorted(fees) == [50, 100000]
    assert {each["is_invoiced"] for each in content["time_entries"].values()} == {True}


def test_an_invoice_is_dated_today_unless_told_otherwise(mock: Psa, workspace_id: str) -> None:
    made = invoice(mock, workspace_id, [approved(mock, workspace_id)], payment_schedule=0)
    assert (made["invoice_date"], made["due_date"], made["draft"]) == ("2026-01-12", "2026-01-12", False)
    assert made["title"] == "Invoice #1"


def test_what_cannot_be_invoiced_is_refused(mock: Psa, workspace_id: str) -> None:
    other = project(mock, ANA, title="Other")
    good = approved(mock, workspace_id)
    billed = approved(mock, workspace_id, date_performed="2026-01-13")
    invoice(mock, workspace_id, [billed], draft=True)
    story = post(mock, "stories", {"story": {"workspace_id": other, "title": "Elsewhere"}})
    cases: list[tuple[dict[str, Any], str]] = [
        ({"payment_schedule": None}, "payment_schedule"),
        ({"payment_schedule": -1}, "payment_schedule"),
        ({"payment_schedule": 400}, "payment_schedule"),
        ({"workspace_id": None}, "workspace_id"),
        ({"workspace_id": 5}, "workspace_id"),
        ({"time_entry_ids": []}, "time_entry_ids"),
        ({"time_entry_ids": [good, 5]}, "time_entry_ids"),
        ({"time_entry_ids": [good, log(mock, workspace_id, date_performed="2026-01-14")]}, "time_entry_ids"),
        ({"time_entry_ids": [good, billed]}, "time_entry_ids"),
        ({"time_entry_ids": [approved(mock, other, date_performed="2026-01-15")]}, "time_entry_ids"),
        (
            {"time_entry_ids": [approved(mock, workspace_id, date_performed="2026-01-16", billable=False)]},
            "time_entry_ids",
        ),
        ({"tax_rate": 101}, "tax_rate"),
        ({"tax_rate": -1}, "tax_rate"),
        ({"tax_rate": Decimal("19.000000001")}, "tax_rate"),
        ({"tax_rate": "19"}, "tax_rate"),
        ({"invoice_date": "someday"}, "invoice_date"),
        ({"fixed_fee_items": [{"notes": "free"}]}, "fixed_fee_items"),
        ({"fixed_fee_items": [{"amount": 0}]}, "fixed_fee_items"),
        ({"fixed_fee_items": [{"amount": Decimal("0.001")}]}, "fixed_fee_items"),
        ({"fixed_fee_items": {"amount": 1}}, "fixed_fee_items"),
        ({"fixed_fee_items": [{"amount": 1, "story_id": 5}]}, "fixed_fee_items"),
        ({"fixed_fee_items": [{"amount": 1, "story_id": story["id"]}]}, "fixed_fee_items"),
    ]
    for change_, field in cases:
        body = {"workspace_id": workspace_id, "payment_schedule": 30, "time_entry_ids": [good], **change_}
        refuse(mock, "POST", "invoices", {"invoice": body}, field)


def test_a_project_may_be_invoiced_without_time(mock: Psa, workspace_id: str) -> None:
    made = invoice(mock, workspace_id, [], fixed_fee_items=[{"amount": 12000, "notes": "Advance"}])
    assert sums(made) == (1200000, 0, 1200000, 1200000)


def test_a_draft_is_issued_once_with_number_date_and_tax(mock: Psa, workspace_id: str) -> None:
    made = invoice(mock, workspace_id, [approved(mock, workspace_id)], draft=True)
    issued = change(mock, made["id"], draft=False, user_invoice_number="INV-7", invoice_date="2026-02-01", tax_rate=20)
    assert (issued["draft"], issued["title"], issued["status"]) == (False, "Invoice #INV-7", "new")
    assert (issued["invoice_date"], issued["due_date"]) == ("2026-02-01", "2026-03-03")
    assert sums(issued) == (120000, 24000, 144000, 144000)
    before = mock.transactions
    assert change(mock, made["id"], draft=False, user_invoice_number="INV-7", tax_rate=Decimal("20.0000")) == issued
    assert mock.transactions == before
    refuse(mock, "PUT", f"invoices/{made['id']}", {"invoice": {"draft": True}}, "draft")


def test_the_lines_of_an_issued_invoice_stay(mock: Psa, workspace_id: str) -> None:
    entry_ids = [approved(mock, workspace_id), approved(mock, workspace_id, date_performed="2026-01-13")]
    made = invoice(mock, workspace_id, entry_ids)
    path = f"invoices/{made['id']}"
    refuse(mock, "PUT", path, {"invoice": {"time_entry_ids": entry_ids[:1]}}, "time_entry_ids")
    refuse(mock, "PUT", path, {"invoice": {"fixed_fee_items": [{"amount": 1}]}}, "fixed_fee_items")
    refuse(mock, "PUT", path, {"invoice": {"workspace_id": 5}}, "workspace_id")
    assert change(mock, made["id"], time_entry_ids=entry_ids[::-1])["total_in_cents"] == 240000


def test_entries_are_held_back_from_a_draft_and_put_on_it_again(mock: Psa, workspace_id: str) -> None:
    first, second, third = (approved(mock, workspace_id, date_performed=f"2026-01-{n}") for n in (12, 13, 14))
    made = invoice(mock, workspace_id, [first, second], draft=True, tax_rate=10)
    held = change(mock, made["id"], time_entry_ids=[second, third])
    assert sums(held) == (240000, 24000, 264000, 264000)
    assert ids(get(mock, "time_entries", uninvoiced="true")) == [first]
    pending = log(mock, workspace_id, date_performed="2026-01-15")
    refuse(mock, "PUT", f"invoices/{made['id']}", {"invoice": {"time_entry_ids": [pending]}}, "time_entry_ids")
    emptied = change(mock, made["id"], time_entry_ids=[])
    assert sums(emptied) == (0, 0, 0, 0)
    refuse(mock, "PUT", f"invoices/{made['id']}", {"invoice": {"draft": False}}, "time_entry_ids")
    assert change(mock, made["id"], time_entry_ids=[first], draft=False)["total_in_cents"] == 132000


def test_a_cancelled_invoice_frees_its_entries_for_another(mock: Psa, workspace_id: str) -> None:
    entry_id = approved(mock, workspace_id)
    made = invoice(mock, workspace_id, [entry_id])
    assert put(mock, f"invoices/{made['id']}/cancel")["status"] == "cancelled"
    assert listed(mock, "time_entries", only=entry_id)[0]["is_invoiced"] is False
    again = invoice(mock, workspace_id, [entry_id])
    assert again["id"] != made["id"]
    assert shown(mock, made["id"])["total_in_cents"] == 120000
    for path, body in (
        (f"invoices/{made['id']}", {"invoice": {"tax_rate": 1}}),
        (f"invoices/{made['id']}/cancel", None),
    ):
        refuse(mock, "PUT", path, body, "base")


def test_invoices_are_numbered_in_order_of_creation(mock: Psa, workspace_id: str) -> None:
    assert get(mock, "invoices/next_invoice_number") == {"next_invoice_number": "1"}
    for number in (1, 2):
        made = invoice(mock, workspace_id, [], fixed_fee_items=[{"amount": number}], draft=True)
        assert made["title"] == f"Draft Invoice #{number}"
    put(mock, f"invoices/{made['id']}/cancel")
    assert get(mock, "invoices/next_invoice_number.json") == {"next_invoice_number": "3"}


def test_an_invoice_left_out_moves_the_number_of_others_and_not_their_ids() -> None:
    made = {}
    for amounts_ in ([1, 2, 3], [1, 3]):
        mock = make()
        workspace_id = project(mock)
        for amount in amounts_:
            made[len(amounts_), amount] = invoice(mock, workspace_id, [], fixed_fee_items=[{"amount": amount}])
    assert made[3, 3]["id"] == made[2, 3]["id"]
    assert (made[3, 3]["title"], made[2, 3]["title"]) == ("Invoice #3", "Invoice #2")


def test_invoices_are_found_by_project_status_draft_and_key(mock: Psa, workspace_id: str) -> None:
    other = project(mock, title="Other")
    key = {"service_name": "netsuite", "service_model": "invoice", "service_model_ref": "9001"}
    draft = invoice(mock, workspace_id, [], fixed_fee_items=[{"amount": 1}], draft=True, external_reference=key)["id"]
    issued = invoice(mock, other, [], fixed_fee_items=[{"amount": 2}])["id"]
    void = invoice(mock, other, [], fixed_fee_items=[{"amount": 3}])["id"]
    put(mock, f"invoices/{void}/cancel")
    assert ids(get(mock, "invoices", workspace_id=workspace_id)) == [draft]
    assert ids(get(mock, "invoices", draft="true")) == [draft]
    assert sorted(ids(get(mock, "invoices", draft="false"))) == sorted([issued, void])
    assert ids(get(mock, "invoices", status="cancelled")) == [void]
    assert sorted(ids(get(mock, "invoices", status="new,accepted payment"))) == sorted([draft, issued])
    assert ids(get(mock, "invoices", external_reference_service_model_ref="9001")) == [draft]
    assert get(mock, "invoices", updated_after="2026-01-12T00:00:01Z")["count"] == 0


# -- write-offs -----------------------------------------------------------------------------------------------------


def test_time_written_off_leaves_the_draft_whose_total_follows(mock: Psa, workspace_id: str) -> None:
    keep, drop = approved(mock, workspace_id), approved(mock, workspace_id, date_performed="2026-01-13")
    made = invoice(mock, workspace_id, [keep, drop], draft=True, tax_rate=10)
    answer = act(mock, "write_off", time_entry_ids=[drop], reason="rework")
    assert answer.json() == {"time_entry_ids": [drop]}
    entry = listed(mock, "time_entries", only=drop)[0]
    assert (entry["billable"], entry["written_off"], entry["is_invoiced"], entry["approved"]) == (
        False, True, False, True,
    )  # fmt: skip
    assert sums(shown(mock, made["id"])) == (120000, 12000, 132000, 132000)
    refuse(mock, "PUT", f"invoices/{made['id']}", {"invoice": {"time_entry_ids": [keep, drop]}}, "time_entry_ids")


def test_unbilled_time_is_written_off_too(mock: Psa, workspace_id: str) -> None:
    entry_id = approved(mock, workspace_id)
    assert act(mock, "write_off", time_entry_ids=[entry_id], reason="goodwill").status == 200
    assert mock.store.one("time_entry", {"id": entry_id}) is not None
    assert mock.dump()["time_entry"][entry_id]["write_off_reason"] == "goodwill"


def test_what_cannot_be_written_off_is_refused(mock: Psa, workspace_id: str) -> None:
    pending = log(mock, workspace_id)
    free = approved(mock, workspace_id, date_performed="2026-01-13", billable=False)
    billed = approved(mock, workspace_id, date_performed="2026-01-14")
    good = approved(mock, workspace_id, date_performed="2026-01-15")
    invoice(mock, workspace_id, [billed])
    before = mock.dump()
    for entry_ids in ([good, pending], [good, free], [good, billed], [good, "5"], ["5"]):
        answer = act(mock, "write_off", time_entry_ids=entry_ids, reason="x")
        assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "time_entry_ids")
    for form in (
        {"time_entry_ids": [], "reason": "x"},
        {"time_entry_ids": [good]},
        {"time_entry_ids": [good], "reason": ""},
    ):
        assert act(mock, "write_off", **form).status == 422
    assert mock.dump() == before


# -- cash -----------------------------------------------------------------------------------------------------------


def pay(mock: Psa, invoice_id: str, cents: int, **given_: Any) -> dict[str, Any]:
    body = {"invoice_id": int(invoice_id), "amount_in_cents": cents, **given_}
    return post(mock, "external_payments", {"external_payment": body})


def test_payments_bring_the_balance_down_to_accepted(mock: Psa, workspace_id: str) -> None:
    made = invoice(mock, workspace_id, [approved(mock, workspace_id)])
    first = pay(mock, made["id"], 20000, notes="bank line 7", date="2026-02-20")
    assert (first["invoice_id"], first["workspace_id"], first["date"]) == (int(made["id"]), workspace_id, "2026-02-20")
    assert (first["amount_in_cents"], first["currency"]) == (20000, "EUR")
    assert (shown(mock, made["id"])["balance_in_cents"], shown(mock, made["id"])["status"]) == (100000, "new")
    assert pay(mock, made["id"], 60000)["date"] == "2026-01-12"
    # The amounts are worked out anew here: both payments must still count.
    assert change(mock, made["id"], user_invoice_title="January")["balance_in_cents"] == 40000
    pay(mock, made["id"], 40000)
    paid = shown(mock, made["id"])
    assert (paid["balance_in_cents"], paid["status"], paid["total_in_cents"]) == (0, "accepted payment", 120000)
    assert get(mock, "external_payments", invoice_id=made["id"])["count"] == 3
    content = get(mock, f"invoices/{made['id']}", include="external_payments")
    assert len(content["invoices"][made["id"]]["external_payment_ids"]) == 3


def test_a_payment_sent_twice_pays_twice_which_is_the_trap(mock: Psa, workspace_id: str) -> None:
    made = invoice(mock, workspace_id, [approved(mock, workspace_id)])
    assert pay(mock, made["id"], 50000)["id"] != pay(mock, made["id"], 50000)["id"]
    assert shown(mock, made["id"])["balance_in_cents"] == 20000


def test_a_payment_that_does_not_fit_is_refused(mock: Psa, workspace_id: str) -> None:
    made = invoice(mock, workspace_id, [approved(mock, workspace_id)])
    draft = invoice(mock, workspace_id, [], fixed_fee_items=[{"amount": 9}], draft=True)
    void = invoice(mock, workspace_id, [], fixed_fee_items=[{"amount": 8}])
    put(mock, f"invoices/{void['id']}/cancel")
    for change_, field in (
        ({"amount_in_cents": 120001}, "amount_in_cents"),
        ({"amount_in_cents": 0}, "amount_in_cents"),
        ({"amount_in_cents": -5}, "amount_in_cents"),
        ({"amount_in_cents": Decimal("1.5")}, "amount_in_cents"),
        ({"amount_in_cents": None}, "amount_in_cents"),
        ({"invoice_id": 5}, "invoice_id"),
        ({"invoice_id": draft["id"]}, "invoice_id"),
        ({"invoice_id": void["id"]}, "invoice_id"),
        ({"workspace_id": 5}, "workspace_id"),
        ({"date": "soon"}, "date"),
    ):
        body = {"invoice_id": made["id"], "amount_in_cents": 100, **change_}
        refuse(mock, "POST", "external_payments", {"external_payment": body}, field)


def test_the_tax_rate_stays_once_something_is_paid(mock: Psa, workspace_id: str) -> None:
    made = invoice(mock, workspace_id, [approved(mock, workspace_id)], tax_rate=20)
    pay(mock, made["id"], 100)
    refuse(mock, "PUT", f"invoices/{made['id']}", {"invoice": {"tax_rate": 21}}, "tax_rate")
    assert change(mock, made["id"], tax_rate=20, user_invoice_title="Same")["balance_in_cents"] == 143900


def test_yen_are_summed_and_taxed_without_decimals(mock: Psa) -> None:
    workspace_id = project(mock, ANA, currency="JPY")
    made = invoice(mock, workspace_id, [approved(mock, workspace_id, time_in_minutes=50)], tax_rate=10)
    # 50 minutes at 20,000 are 16,666.67; a tenth of 16,667 is 1,666.7.
    assert sums(made) == (16667, 1667, 18334, 18334)


# -- sums -----------------------------------------------------------------------------------------------------------

RATES = st.decimals(0, 100, places=4, allow_nan=False, allow_infinity=False)


@given(st.integers(0, 10**11), RATES, st.integers(0, 10**6))
def test_tax_is_rounded_once_and_half_away_from_zero(cents: int, rate: Decimal, paid: int) -> None:
    made = amounts(cents * 100, f"{rate:f}", "EUR", paid * 100)
    tax = (Decimal(cents) * rate / 100).quantize(Decimal(1), ROUND_HALF_UP)
    assert made == {
        "subtotal": cents * 100,
        "tax_amount": int(tax) * 100,
        "total": (cents + int(tax)) * 100,
        "balance": (cents + int(tax) - paid) * 100,
    }


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 200), min_size=1, max_size=6), st.data())
def test_a_draft_is_the_sum_of_its_lines_whatever_is_held_or_written_off(
    minutes: list[int], data: st.DataObject
) -> None:
    mock = make()
    workspace_id = project(mock, ANA)
    made = [log(mock, workspace_id, time_in_minutes=each, date_performed="2026-02-02") for each in minutes]
    put(mock, f"timesheet_submissions/{submit(mock, workspace_id, made)}/approve", token=LEAD)
    value = {
        entry_id: int((Decimal(each) / 60 * Decimal(16255)).quantize(Decimal(1), ROUND_HALF_UP))
        for entry_id, each in zip(made, minutes, strict=True)
    }
    draft = invoice(mock, workspace_id, made, draft=True)
    assert draft["subtotal_in_cents"] == sum(value.values())
    written_off = data.draw(st.sets(st.sampled_from(made)))
    if written_off:
        assert act(mock, "write_off", time_entry_ids=sorted(written_off), reason="x").status == 200
    left = [each for each in made if each not in written_off]
    assert shown(mock, draft["id"])["subtotal_in_cents"] == sum(value[each] for each in left)
    kept = data.draw(st.sets(st.sampled_from(left))) if left else set()
    changed = change(mock, draft["id"], time_entry_ids=sorted(kept))
    assert changed["subtotal_in_cents"] == sum(value[each] for each in kept)
    assert ok(send(mock, "GET", "time_entries", in_active_invoice_id=draft["id"]))["count"] == len(kept)
