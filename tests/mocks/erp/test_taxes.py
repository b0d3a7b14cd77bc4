"""Tax follows entity, client, state, evidence and date; each code is rounded once and posted apart."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mocks.erp.system import Erp
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import ManualClock
from sandbox.core.damage import NoFaults
from sandbox.core.observe import Unobserved
from tests.mocks.erp.client import EPOCH, Caller, error, fixed, invoice_body, text_of
from tests.mocks.erp.whole import TAX_RULES, sides, whole, whole_tenant


def invoiced(
    firm: Caller, subsidiary: str, country: str | None, day: str = "2026-01-31", amount: str = "100.03", **customer: Any
) -> dict[str, Any]:
    """An invoice of one item to a new client, as read."""
    firm.client("C-9", subsidiary, country, **customer)  # type: ignore[arg-type]
    body = {"entity": {"externalId": "C-9"}, "tranDate": day, "item": fixed(amount)}
    return firm.get("invoice", firm.put("invoice", "I-9", body), "expandSubResources=true")


def codes(invoice: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(line["taxCode"]["refName"], line["taxRate"], line["taxAmount"]) for line in invoice["taxDetails"]["items"]]


@pytest.mark.parametrize(
    ("subsidiary", "country", "customer", "expected"),
    [
        ("US", "US", {}, [("US-0", 0, 0)]),
        ("US", "DE", {}, [("US-EXP", 0, 0)]),
        # 100.03 x 0.20 = 20.006
        ("UK", "GB", {}, [("GB-S", 20, Decimal("20.01"))]),
        ("UK", "US", {"vatRegNumber": "12-345"}, [("GB-RC", 0, 0)]),
        # 100.03 x 0.16 = 16.0048
        ("DE", "DE", {}, [("DE-16", 16, Decimal("16.00"))]),
        ("DE", "NL", {"vatRegNumber": "NL123456789B01"}, [("DE-RC", 0, 0)]),
        ("DE", "GR", {"vatRegNumber": "EL123456789"}, [("DE-RC", 0, 0)]),
        ("DE", "FR", {"vatRegNumber": "FR 40303265045"}, [("DE-FR", 0, 0)]),
        ("DE", "CH", {}, [("DE-OUT", 0, 0)]),
        # 100.03 x 0.09 = 9.0027, each
        ("IN", "IN", {"custentity_state": "KA"}, [("CGST", 9, Decimal("9.00")), ("SGST", 9, Decimal("9.00"))]),
        # 100.03 x 0.18 = 18.0054
        ("IN", "IN", {"custentity_state": "MH"}, [("IGST", 18, Decimal("18.01"))]),
        ("IN", "IN", {}, [("IGST", 18, Decimal("18.01"))]),
        ("IN", "US", {}, [("IN-EXP", 0, 0)]),
    ],
)
def test_the_code_follows_entity_client_and_state(
    subsidiary: str, country: str, customer: dict[str, Any], expected: list[tuple[str, Any, Any]]
) -> None:
    invoice = invoiced(whole(), subsidiary, country, **customer)
    assert codes(invoice) == expected
    assert invoice["taxTotal"] == sum(amount for _, _, amount in expected)
    assert invoice["taxRate"] == sum(rate for _, rate, _ in expected)
    assert invoice["total"] == Decimal("100.03") + invoice["taxTotal"]
    assert invoice["item"]["items"][0]["taxCode"]["refName"] == expected[0][0]


@pytest.mark.parametrize(
    ("subsidiary", "country", "number", "expected"),
    [
        ("UK", "US", None, "GB-S"),
        ("DE", "NL", None, "DE-16"),
        ("DE", "NL", "DE123456789", "DE-16"),
        ("DE", "NL", "NL", "DE-16"),
        ("DE", "FR", "XX1", "DE-16"),
        ("UK", None, "GB1", "GB-S"),
    ],
)
def test_without_evidence_of_a_business_the_domestic_rate_applies(
    subsidiary: str, country: str | None, number: str | None, expected: str
) -> None:
    invoice = invoiced(whole(), subsidiary, country, vatRegNumber=number)
    assert [code for code, _, _ in codes(invoice)] == [expected]


def test_a_rule_for_proven_businesses_goes_before_one_for_anybody() -> None:
    context = Context(ManualClock(EPOCH), Chance(1), Unobserved(), NoFaults())
    anybody = replace(TAX_RULES[2], customer_country="*")
    for number, expected in (("12-345", ["GB-RC"]), (None, ["GB-S"])):
        firm = Caller(Erp(context, replace(whole_tenant(), tax_rules=(*TAX_RULES, anybody))))
        assert [code for code, _, _ in codes(invoiced(firm, "UK", "US", vatRegNumber=number))] == expected


def test_a_new_rate_holds_from_its_date_and_the_date_is_the_invoices() -> None:
    assert [code for code, _, _ in codes(invoiced(whole(), "DE", "DE", "2026-02-01"))] == ["DE-19"]
    assert [code for code, _, _ in codes(invoiced(whole(), "DE", "CH", "2026-02-01"))] == ["DE-OUT-26"]
    firm = whole()
    invoiced(firm, "DE", "DE", "2026-01-31", amount="100")
    body = {"entity": {"externalId": "C-9"}, "tranDate": "2026-01-31", "item": fixed("100"), "approvalStatus": "1"}
    pending = firm.put("invoice", "I-8", body)
    assert firm.get("invoice", pending)["taxTotal"] == 16
    firm.patch("invoice", pending, {"tranDate": "2026-02-01"})
    assert firm.get("invoice", pending)["taxTotal"] == 19


def test_tax_of_two_codes_is_two_lines_in_the_ledger_and_seen_by_suiteql() -> None:
    firm = whole()
    invoice = invoiced(firm, "IN", "IN", amount="100000", custentity_state="KA")
    assert sides(firm, invoice["id"]) == [
        ("1100", "118000.00"),
        ("2100", "-100000.00"),
        ("2300", "-9000.00"),
        ("2300", "-9000.00"),
    ]
    rows = firm.rows(
        "SELECT BUILTIN.DF(taxcode) code, netamount FROM transactionline WHERE taxcode IS NOT NULL "
        "AND transaction = ? ORDER BY id",
        invoice["id"],
    )
    assert rows == [{"code": "CGST", "netamount": "-9000.00"}, {"code": "SGST", "netamount": "-9000.00"}]


def test_an_entity_the_rules_do_not_name_keeps_its_single_rate() -> None:
    firm = whole()
    firm.client("C-9", "JP", "JP")
    body = {"entity": {"externalId": "C-9"}, "tranDate": "2026-01-31", "item": fixed("1005")}
    invoice = firm.get("invoice", firm.put("invoice", "I-9", body), "expandSubResources=true")
    # 1005 x 0.1 = 100.5, and the yen has no decimals.
    (detail,) = invoice["taxDetails"]["items"]
    assert (detail["taxRate"], detail["taxBasis"], detail["taxAmount"]) == (10, 1005, 101)
    assert "taxCode" not in detail


def test_tax_details_are_not_written_but_may_be_sent_back() -> None:
    firm = whole()
    invoice = invoiced(firm, "UK", "GB")
    before = firm.mock.dump()
    assert firm.patch("invoice", invoice["id"], {"taxDetails": invoice["taxDetails"]}).status == 204
    assert firm.mock.dump() == before


def test_a_client_no_rule_speaks_of_and_a_day_before_all_rules_are_refused() -> None:
    rules = tuple(rule for rule in TAX_RULES if rule.customer_country == "DE")
    context = Context(ManualClock(EPOCH), Chance(1), Unobserved(), NoFaults())
    late = tuple(replace(rule, effective=EPOCH.date().replace(year=2027)) for rule in rules)
    firm = Caller(Erp(context, replace(whole_tenant(), tax_rules=late)))
    firm.client("C-9", "DE", "DE")
    body = {"entity": {"externalId": "C-9"}, "tranDate": "2026-01-31", "item": fixed("1")}
    before = firm.mock.dump()
    response = firm.call("PUT", "invoice/eid:I-9", body)
    assert error(response) == (400, "USER_ERROR", "tranDate")
    assert firm.mock.dump() == before
    abroad = tuple(replace(rule, customer_country="FR", needs_vat_id=True) for rule in rules)
    firm = Caller(Erp(context, replace(whole_tenant(), tax_rules=abroad)))
    firm.client("C-9", "DE", "CH")
    response = firm.call("PUT", "invoice/eid:I-9", body)
    assert error(response) == (400, "USER_ERROR", "entity")
    assert "customer in CH" in text_of(response)


def test_a_code_has_one_rate() -> None:
    context = Context(ManualClock(EPOCH), Chance(1), Unobserved(), NoFaults())
    twice = (*TAX_RULES, replace(TAX_RULES[2], rate=Decimal("0.21")))
    with pytest.raises(ValueError, match="two rates"):
        Erp(context, replace(whole_tenant(), tax_rules=twice))


def test_codes_are_finances_list() -> None:
    firm = whole()
    read = firm.get("salesTaxItem", "eid:GB-RC")
    assert (read["itemId"], read["rate"], read["description"], read["country"]) == ("GB-RC", 0, "reverse charge", "GB")
    assert error(firm.call("POST", "salesTaxItem", {"itemId": "X"}))[:2] == (405, "INVALID_METHOD")
    assert firm.rows("SELECT itemid, rate FROM salestaxitem WHERE itemid = 'GB-S'") == [
        {"itemid": "GB-S", "rate": "20"}
    ]


def test_the_tax_of_an_invoice_is_that_of_its_lines_together_not_of_each() -> None:
    firm = whole()
    firm.client("C-9", "UK", "GB")
    items = fixed("0.12")["items"] * 3
    body = invoice_body(entity={"externalId": "C-9"}, job=None, item={"items": items})
    # 0.36 x 0.20 = 0.072, where three times round(0.024) would be 0.06.
    assert firm.get("invoice", firm.put("invoice", "I-9", body))["taxTotal"] == Decimal("0.07")
