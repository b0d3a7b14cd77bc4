"""A vendor's bill is a cost and a debt, once per number; from abroad the tax is owed and reclaimed at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.clock import ManualClock
from tests.mocks.erp.client import Caller, error, invoice_body, text_of
from tests.mocks.erp.whole import sides, whole


@pytest.fixture
def firm(clock: ManualClock) -> Caller:
    firm = whole(clock)
    vendor(firm, "V-1", "UK", "GB")
    return firm


def vendor(firm: Caller, code: str, subsidiary: str, country: str | None) -> str:
    body = {"companyName": f"Vendor {code}", "subsidiary": {"externalId": subsidiary}, "custentity_country": country}
    return firm.put("vendor", code, body)


def bill_body(*amounts: str, number: str = "R-100", of: str = "V-1", tax: str = "0", **more: Any) -> dict[str, Any]:
    items = [
        {
            "amount": Decimal(amount),
            "tax1Amt": Decimal(tax),
            "customer": {"externalId": "P-1"},
            "isBillable": True,
            "custcol_contract_line": "CL-1",
        }
        for amount in amounts
    ]
    body = {"entity": {"externalId": of}, "tranId": number, "tranDate": "2026-01-20", "expense": {"items": items}}
    return {**body, **more}


def test_a_bill_is_subcontractor_cost_input_tax_and_a_payable(firm: Caller) -> None:
    bill = firm.put("vendorBill", "B-1", bill_body("1000", tax="200"))
    assert sides(firm, bill) == [("2000", "-1200.00"), ("5010", "1000.00"), ("1150", "200.00")]
    read = firm.get("vendorBill", bill)
    assert (read["total"], read["custbody_reverse_charge"], read["entity"]["refName"][-10:]) == (
        1200,
        False,
        "Vendor V-1",
    )
    (row,) = firm.rows("SELECT type t, BUILTIN.DF(entity) e, foreigntotal f FROM transaction WHERE id = ?", bill)
    assert (row["t"], row["e"][-10:], row["f"]) == ("VendBill", "Vendor V-1", "1200.00")
    before = firm.mock.dump()
    firm.put("vendorBill", "B-1", bill_body("1000", tax="200"))
    assert firm.mock.dump() == before


@pytest.mark.parametrize(
    ("subsidiary", "country", "expected"),
    [
        # 1,000.05 x 0.20 = 200.01
        ("UK", "US", "200.01"),
        # 1,000.05 x 0.16 = 160.008
        ("DE", "FR", "160.01"),
        # Import of services is inter-state: 1,000.05 x 0.18 = 180.009
        ("IN", "US", "180.01"),
        ("US", "DE", None),
        ("UK", "GB", None),
        ("UK", None, None),
    ],
)
def test_services_from_abroad_are_taxed_by_the_buyer(
    firm: Caller, subsidiary: str, country: str | None, expected: str | None
) -> None:
    vendor(firm, "V-9", subsidiary, country)
    bill = firm.put("vendorBill", "B-1", bill_body("1000.05", of="V-9"))
    charge = [("1150", expected), ("2310", f"-{expected}")] if expected else []
    assert sides(firm, bill) == [("2000", "-1000.05"), ("5010", "1000.05"), *charge]


def test_reverse_charge_may_be_said_and_does_not_go_with_the_vendors_tax(firm: Caller) -> None:
    vendor(firm, "V-9", "UK", "US")
    none = firm.put("vendorBill", "B-1", bill_body("100", of="V-9", custbody_reverse_charge=False))
    assert len(sides(firm, none)) == 2
    refused = firm.call(
        "PUT", "vendorBill/eid:B-2", bill_body("100", number="R-2", tax="20", custbody_reverse_charge=True)
    )
    assert error(refused) == (400, "USER_ERROR", "custbody_reverse_charge")
    # Tax shown by a vendor from abroad is taken as it is.
    assert len(sides(firm, firm.put("vendorBill", "B-2", bill_body("100", number="R-2", of="V-9", tax="20")))) == 3


def test_a_number_of_a_vendor_is_taken_once(firm: Caller) -> None:
    vendor(firm, "V-2", "UK", "GB")
    firm.put("vendorBill", "B-1", bill_body("100"))
    before = firm.mock.dump()
    response = firm.call("PUT", "vendorBill/eid:B-2", bill_body("100"))
    assert error(response) == (400, "USER_ERROR", "tranId")
    assert "already exists" in text_of(response)
    assert error(firm.call("POST", "vendorBill", bill_body("100"))) == (400, "USER_ERROR", "tranId")
    assert firm.mock.dump() == before
    firm.put("vendorBill", "B-2", bill_body("100", of="V-2"))
    firm.put("vendorBill", "B-3", bill_body("100", number="R-101"))
    pending = firm.put("vendorBill", "B-4", bill_body("100", number="R-102", approvalStatus="1"))
    assert error(firm.patch("vendorBill", pending, {"tranId": "R-101"})) == (400, "USER_ERROR", "tranId")


def test_a_pending_bill_changes_and_is_posted_when_it_is_approved(firm: Caller) -> None:
    bill = firm.put("vendorBill", "B-1", bill_body("100", approvalStatus="1"))
    assert sides(firm, bill) == []
    firm.patch("vendorBill", bill, {"expense": {"items": [{"line": 1, "amount": 110}]}, "tranDate": "2026-02-02"})
    firm.patch("vendorBill", bill, {"approvalStatus": "2"})
    assert sides(firm, bill) == [("2000", "-110.00"), ("5010", "110.00")]
    assert firm.get("vendorBill", bill)["postingPeriod"]["refName"] == "Feb 2026"
    assert error(firm.patch("vendorBill", bill, {"tranId": "R-9"})) == (400, "USER_ERROR", "tranId")
    assert error(firm.call("PUT", "vendorBill/eid:B-1", {**bill_body("111"), "tranDate": "2026-02-02"})) == (
        400,
        "USER_ERROR",
        "expense",
    )
    assert firm.patch("vendorBill", bill, {"memo": "seen"}).status == 204
    assert error(firm.call("DELETE", f"vendorBill/{bill}"))[:2] == (400, "USER_ERROR")
    assert error(firm.call("DELETE", "vendor/eid:V-1"))[:2] == (400, "USER_ERROR")
    other = firm.put("vendorBill", "B-2", bill_body("5", number="R-2", approvalStatus="1"))
    assert firm.call("DELETE", f"vendorBill/{other}").status == 204


def test_a_billable_line_of_a_bill_goes_on_an_invoice(firm: Caller) -> None:
    firm.put("vendorBill", "B-1", bill_body("1000"))
    costs = {"items": [{"apply": True, "doc": {"externalId": "B-1"}, "amount": 1100}]}
    invoice = firm.put("invoice", "I-1", invoice_body(expCost=costs))
    assert sides(firm, invoice) == [("1100", "1320.00"), ("2100", "-1100.00"), ("2300", "-220.00")]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (bill_body("100", tranId=None), ""),
        (bill_body("100", entity=None), ""),
        (bill_body(), "expense"),
        (bill_body("100", "-100"), "expense"),
        (bill_body("100", of="V-0"), "entity"),
        (bill_body("100", tranDate="2025-12-20"), ""),
    ],
)
def test_a_bill_that_cannot_be_is_refused_and_nothing_is_stored(firm: Caller, body: dict[str, Any], path: str) -> None:
    vendor(firm, "V-0", "UK", "GB")
    firm.patch("vendor", "eid:V-0", {"isInactive": True})
    before = firm.mock.dump()
    assert error(firm.call("PUT", "vendorBill/eid:B-1", body)) == (400, "USER_ERROR", path)
    assert firm.mock.dump() == before


def test_a_vendor_is_an_entity_with_a_country_and_its_subsidiarys_currency(firm: Caller) -> None:
    read = firm.get("vendor", "eid:V-1")
    assert (read["currency"]["refName"], read["custentity_country"]) == ("GBP", "GB")
    bad = {"companyName": "X", "subsidiary": {"externalId": "UK"}}
    assert error(firm.call("POST", "vendor", {**bad, "custentity_country": "gb"}))[2] == "custentity_country"
    assert error(firm.call("POST", "vendor", {**bad, "currency": "USD"})) == (400, "INVALID_KEY_OR_REF", "currency")
    firm.put("vendorBill", "B-1", bill_body("100"))
    assert firm.patch("vendor", "eid:V-1", {"subsidiary": {"externalId": "DE"}}).status == 400


# -- at the screen -----------------------------------------------------------------------------------------------------


def entered(firm: Caller, **changed: Any) -> Any:
    form = {
        "supplier": "Kestrel Ltd", "number": "K-1", "subsidiary": "UK", "country": "GB", "date": "2026-01-20",
        "engagement": "PRJ-P-1", "contract_line": "CL-1", "net": "700.00", "tax": "140.00", "billable": True,
    }  # fmt: skip
    return firm.act("enter_bill", **{**form, **changed})


def test_finance_enters_a_bill_that_posts_nothing_until_it_is_approved(firm: Caller) -> None:
    shown = entered(firm).json()
    assert (shown["number"], shown["approval_status"], shown["total"]) == ("K-1", "1", "840.00")
    assert sides(firm, shown["id"]) == []
    assert firm.act("vendor_bills", supplier="Kestrel Ltd", number="K-1").json() == [shown]
    lines = firm.mock.dump()["expenseLine"]
    firm.patch("vendorBill", shown["id"], {"approvalStatus": {"id": "2"}})
    assert sides(firm, shown["id"]) == [("2000", "-840.00"), ("5010", "700.00"), ("1150", "140.00")]
    # Approving it is no new line.
    assert firm.mock.dump()["expenseLine"] == lines


def test_a_supplier_is_made_once_and_its_number_taken_once(firm: Caller) -> None:
    entered(firm)
    assert entered(firm, number="K-2").status == 200
    refused = entered(firm)
    assert refused.status in (400, 422)
    assert b"already exists" in refused.body
    assert [row["companyName"] for row in firm.mock.dump()["vendor"].values()].count("Kestrel Ltd") == 1


def test_a_bill_of_nobody_is_shown_as_none_and_one_for_no_project_is_refused(firm: Caller) -> None:
    assert firm.act("vendor_bills", supplier="Nobody", number="1").json() == []
    assert entered(firm, engagement="PRJ-NONE").status == 404


def test_a_supplier_from_abroad_is_under_reverse_charge(firm: Caller) -> None:
    shown = entered(firm, supplier="Nord GmbH", country="DE", tax="0").json()
    firm.patch("vendorBill", shown["id"], {"approvalStatus": {"id": "2"}})
    assert sides(firm, shown["id"])[-2:] == [("1150", "140.00"), ("2310", "-140.00")]
