"""Work for another entity stays at cost with who did it, and is recharged once, the same on both sides."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.tenants import ErpIntercompany, ErpSubsidiary
from tests.mocks.erp.client import Caller, error, time_body
from tests.mocks.erp.currencies import RATES, balance, fx_caller, fx_tenant, ledger, rate
from tests.mocks.erp.test_journals import journal, line


def start(**more: Any) -> Caller:
    caller = fx_caller(**more)
    caller.client("C-US", "US", "US")
    caller.project("P-US", "C-US", "US")
    return caller.world()


@pytest.fixture
def erp() -> Caller:
    return start()


def indian(hours: str = "4:00", **more: Any) -> dict[str, Any]:
    """Time of the Indian consultant, who costs a million rupees an hour, on the American project."""
    body = {"employee": {"externalId": "W-3"}, "customer": {"externalId": "P-US"}, "hours": hours}
    return time_body(**{**body, **more})


def recharge(erp: Caller, period: str = "2026-01") -> Any:
    response = erp.act("intercompany", period=period)
    assert response.status == 200, response.body
    return response.json()


def sides(erp: Caller, document: str) -> dict[str, list[tuple[str, str, str, str]]]:
    rows = erp.rows(
        "SELECT id, BUILTIN.DF(subsidiary) s FROM transaction WHERE custbody_intercompany_document = ?", document
    )
    return {row["s"]: ledger(erp, row["id"]) for row in rows}


def test_cost_at_cost_plus_on_both_sides_of_one_document(erp: Caller) -> None:
    """RC-18: 4,000,000 INR at cost plus 12 per cent, 83.20 on average, 83.50 at closing."""
    erp.put("timeBill", "T-1", indian())
    (done,) = recharge(erp)
    assert (done["document"], done["currency"], done["amount"]) == ("IC-IN-US-2026-01", "INR", "4480000.00")
    assert sides(erp, "IC-IN-US-2026-01") == {
        "Firm Pvt": [("1200", "4480000.00", "4480000.00", "INR"), ("4900", "-4480000.00", "-4480000.00", "INR")],
        # 4,480,000 / 83.20 = 53,846.15.
        "Firm Inc": [("2400", "-53846.15", "-4480000.00", "INR"), ("5900", "53846.15", "4480000.00", "INR")],
    }
    # The cost itself stays in India.
    assert balance(erp, "5000", "IN") == 40_000_000_000
    assert balance(erp, "5000", "US") == 0
    (remeasured,) = erp.act("revalue", subsidiary="US", period="2026-01").json()
    # 4,480,000 / 83.50 = 53,652.69: the payer gains 193.46.
    assert remeasured["gain"] == "193.46"
    assert balance(erp, "2400", "US", "2026-01-31") == -536_526_900
    assert erp.act("revalue", subsidiary="IN", period="2026-01").json() == []


def test_elimination_shows_both_sides_cancel_out(erp: Caller) -> None:
    erp.put("timeBill", "T-1", indian())
    recharge(erp)
    erp.act("revalue", subsidiary="US", period="2026-01")
    rows = erp.act("elimination", period="2026-01", currency="USD").json()
    assert sorted((row["subsidiary"], row["partner"], row["account"], row["amount"]) for row in rows) == [
        ("IN", "US", "1200", "53652.69"),
        ("IN", "US", "4900", "-53846.15"),
        ("US", "IN", "2400", "-53652.69"),
        ("US", "IN", "5900", "53846.15"),
    ]


def test_margins_of_entity_and_group_are_the_published_ones(erp: Caller) -> None:
    erp.put("timeBill", "T-1", indian())
    revenue = journal(
        line("1105", "debit", "120000"), line("4000", "credit", "120000"), subsidiary={"externalId": "US"}
    )
    erp.put("journalEntry", "J-1", revenue)
    recharge(erp)
    closing = {
        (entity, row["account"]): Decimal(row["amount"])
        for entity in ("US", "IN")
        for row in erp.act("trial_balance", subsidiary=entity, period="2026-01", currency="USD").json()
    }
    # 120,000 - 53,846.15 in the US; 4,480,000 - 4,000,000 in India; the group 120,000 - 48,076.92.
    assert closing["US", "4000"] + closing["US", "5900"] == Decimal("-66153.85")
    assert closing["IN", "5000"] == Decimal("48076.92")
    assert closing["US", "5900"] + closing["IN", "4900"] == 0
    assert -(closing["US", "4000"] + closing["IN", "5000"]) == Decimal("71923.08")
    assert balance(erp, "4900", "IN") + balance(erp, "5000", "IN") == -4_800_000_000


def test_recharging_again_charges_differences_only(erp: Caller) -> None:
    erp.put("timeBill", "T-1", indian())
    recharge(erp)
    before = erp.mock.dump()
    assert recharge(erp) == []
    assert erp.mock.dump() == before
    erp.put("timeBill", "T-2", indian("0:30"))
    (done,) = recharge(erp)
    # Half an hour: 500,000 x 1.12.
    assert (done["document"], done["amount"]) == ("IC-IN-US-2026-01-2", "560000.00")


def test_every_project_has_a_line_and_pairs_have_documents_of_their_own(erp: Caller) -> None:
    erp.project("P-US2", "C-US", "US")
    erp.put("timeBill", "T-1", indian())
    erp.put("timeBill", "T-2", indian("1:00", customer={"externalId": "P-US2"}))
    erp.put("timeBill", "T-3", time_body(employee={"externalId": "W-2"}, hours="2:00"))
    erp.post(
        "currencyRate",
        {
            "baseCurrency": {"externalId": "GBP"},
            "transactionCurrency": {"externalId": "JPY"},
            "effectiveDate": "2026-01-31",
            "exchangeRate": Decimal("0.00521"),
            "custrecord_rate_type": "AVERAGE",
        },
    )
    done = recharge(erp)
    # 2 x 7001 x 1.05 = 14702.1 yen; 5 x 1,000,000 x 1.12.
    assert sorted((each["document"], each["amount"]) for each in done) == [
        ("IC-IN-US-2026-01", "5600000.00"),
        ("IC-JP-UK-2026-01", "14702.00"),
    ]
    lines = sides(erp, "IC-IN-US-2026-01")["Firm Pvt"]
    assert sorted((number, net) for number, net, _, _ in lines) == [
        ("1200", "5600000.00"),
        ("4900", "-1120000.00"),
        ("4900", "-4480000.00"),
    ]
    # 14,702 x 0.00521 = 76.59742 pounds.
    assert sides(erp, "IC-JP-UK-2026-01")["Firm Ltd"][0] == ("2400", "-76.60", "-14702.00", "JPY")


def test_receivable_and_payable_are_equal_in_document_currency(erp: Caller) -> None:
    """I27, with rounding: 20 minutes at 1,000,000 is 333,333.33; plus 12 per cent 373,333.33."""
    erp.put("timeBill", "T-1", indian("0:20"))
    recharge(erp)
    sql = (
        "SELECT a.acctnumber n, SUM(l.foreignamount) s FROM transactionline l JOIN transactionaccountingline t "
        "ON t.transaction = l.transaction AND t.transactionline = l.id JOIN account a ON a.id = t.account "
        "WHERE l.custcol_to_subsidiary IS NOT NULL GROUP BY a.acctnumber ORDER BY a.acctnumber"
    )
    assert [(row["n"], row["s"]) for row in erp.rows(sql)] == [
        ("1200", "373333.33"),
        ("2400", "-373333.33"),
        ("4900", "-373333.33"),
        ("5900", "373333.33"),
    ]


def test_the_receiver_accounts_for_tax_itself_when_told() -> None:
    erp = start(intercompany=(ErpIntercompany("IN", "US", Decimal("0.12"), Decimal("0.2")),))
    erp.put("timeBill", "T-1", indian())
    recharge(erp)
    lines = {number: (net, doc) for number, net, doc, _ in sides(erp, "IC-IN-US-2026-01")["Firm Inc"]}
    # 896,000 / 83.20 = 10,769.23.
    assert lines["1150"] == ("10769.23", "896000.00")
    assert lines["2310"] == ("-10769.23", "-896000.00")
    assert lines["2400"] == ("-53846.15", "-4480000.00")


def test_both_journals_name_the_document_and_each_other(erp: Caller) -> None:
    erp.put("timeBill", "T-1", indian())
    (done,) = recharge(erp)
    rows = erp.rows(
        "SELECT id, tranid, BUILTIN.DF(subsidiary) s, BUILTIN.DF(tosubsidiary) t, trandate d FROM transaction "
        "WHERE custbody_intercompany_document = ? ORDER BY BUILTIN.DF(subsidiary)",
        "IC-IN-US-2026-01",
    )
    assert [(row["s"], row["t"], row["d"]) for row in rows] == [
        ("Firm Inc", "Firm Pvt", "1/31/2026"),
        ("Firm Pvt", "Firm Inc", "1/31/2026"),
    ]
    assert {row["tranid"] for row in rows} == {done["provider_journal"], done["receiver_journal"]}
    read = erp.get("journalEntry", rows[0]["id"], "expandSubResources=true")
    assert read["custbody_intercompany_document"] == "IC-IN-US-2026-01"
    assert read["line"]["items"][1]["custcol_engagement"]["refName"].startswith("PRJ-P-US")


def test_only_pairs_with_terms_work_for_each_other(erp: Caller) -> None:
    before = erp.mock.dump()
    # India has terms with the US, not with the UK; the UK works for nobody.
    refused = erp.call("PUT", "timeBill/eid:T-1", indian(customer={"externalId": "P-1"}))
    assert error(refused) == (400, "INVALID_KEY_OR_REF", "employee")
    refused = erp.call("PUT", "timeBill/eid:T-1", time_body(customer={"externalId": "P-US"}))
    assert error(refused) == (400, "INVALID_KEY_OR_REF", "employee")
    assert erp.mock.dump() == before


def test_without_terms_everybody_works_for_everybody_and_nothing_is_recharged() -> None:
    erp = start(intercompany=())
    erp.put("timeBill", "T-1", indian())
    assert recharge(erp) == []
    assert balance(erp, "5000", "IN") == 40_000_000_000


def test_without_an_average_rate_nothing_is_recharged() -> None:
    erp = start(rates=tuple(each for each in RATES if each.kind != "average"))
    erp.put("timeBill", "T-1", indian())
    erp.mock.run_due()
    before = erp.mock.dump()
    refused = erp.act("intercompany", period="2026-01")
    assert (refused.status, erp.mock.dump()) == (422, before)
    assert "no average exchange rate from INR to USD in Jan 2026" in refused.json()["errors"][0]["message"]


def test_a_closed_period_is_not_recharged(erp: Caller) -> None:
    assert erp.act("intercompany", period="2025-12").status == 422


def test_late_time_is_recharged_in_the_period_it_is_posted_to(erp: Caller) -> None:
    erp.act("close_period", period="2026-01")
    erp.put("timeBill", "T-1", indian())
    erp.post(
        "currencyRate",
        {
            "baseCurrency": {"externalId": "INR"},
            "transactionCurrency": {"externalId": "USD"},
            "effectiveDate": date(2026, 2, 28).isoformat(),
            "exchangeRate": Decimal(84),
            "custrecord_rate_type": "AVERAGE",
        },
    )
    (done,) = recharge(erp, "2026-02")
    assert done["document"] == "IC-IN-US-2026-02"
    # 4,480,000 / 84.
    assert balance(erp, "5900", "US") == 533_333_300


def test_two_entities_may_charge_each_other() -> None:
    terms = (ErpIntercompany("UK", "JP", Decimal(0)), ErpIntercompany("JP", "UK", Decimal(0)))
    erp = start(intercompany=terms, rates=(rate("JPY", "GBP", "0.005", kind="average"),))
    erp.client("C-JP", "JP", "JP")
    erp.project("P-JP", "C-JP", "JP")
    erp.put("timeBill", "T-1", time_body(customer={"externalId": "P-JP"}))
    erp.put("timeBill", "T-2", time_body(employee={"externalId": "W-2"}, hours="1:00"))
    done = recharge(erp)
    assert sorted((each["document"], each["amount"]) for each in done) == [
        ("IC-JP-UK-2026-01", "7001.00"),
        ("IC-UK-JP-2026-01", "125.00"),
    ]
    # 7001 yen are 35.01 pounds, 125 pounds 25,000 yen.
    assert (balance(erp, "5900", "UK"), balance(erp, "5900", "JP")) == (350_100, 250_000_000)
    assert recharge(erp) == []


def test_entities_of_one_currency_need_no_rate() -> None:
    subsidiaries = (
        *(each for each in fx_tenant().subsidiaries if each.code != "IN"),
        ErpSubsidiary("IN", "Firm Delhi", "IN", "USD", Decimal(0)),
    )
    erp = start(rates=(), subsidiaries=subsidiaries)
    erp.put("timeBill", "T-1", indian())
    (done,) = recharge(erp)
    assert (done["rate"], done["currency"], done["amount"]) == ("1", "USD", "4480000.00")
    assert balance(erp, "5900", "US") == -balance(erp, "4900", "IN") == 44_800_000_000
