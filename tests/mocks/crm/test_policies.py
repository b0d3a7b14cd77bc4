"""What an organisation forbids by rules of its own: validation rules and duplicate rules, as data of the tenant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mocks.crm.system import Crm
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import MINUTE_US, ManualClock
from sandbox.core.errors import UsageError
from sandbox.core.tenants import CrmDuplicateRule, CrmValidationRule
from tests.mocks.crm.client import EPOCH, Client, error, tenant

PRICED = CrmValidationRule(
    "Won_Needs_Amount", "Opportunity", "IsWon = true AND Amount = null", "A won deal has an amount", "Amount"
)
DATED = CrmValidationRule("Not_Past", "Opportunity", "IsClosed = false AND CloseDate < TODAY", "It closes later")
ONCE = CrmDuplicateRule("Same_Name_And_Country", "Account", ("Name", "BillingCountry"), allow_save=True)
STRICT = CrmDuplicateRule("Same_Vat", "Account", ("VAT_Number__c",))


def ruled(*rules: Any, clock: ManualClock | None = None) -> Client:
    changed = replace(
        tenant(),
        validation_rules=tuple(rule for rule in rules if isinstance(rule, CrmValidationRule)),
        duplicate_rules=tuple(rule for rule in rules if isinstance(rule, CrmDuplicateRule)),
    )
    return Client(Crm(Context(clock or ManualClock(EPOCH), Chance(1)), changed))


def test_a_record_a_rule_forbids_is_refused_in_the_words_of_the_rule_and_not_stored() -> None:
    crm = ruled(PRICED, DATED)
    won = {"Name": "x", "StageName": "Closed Won", "CloseDate": "2026-03-31"}
    refused = crm.send("POST", "sobjects/Opportunity", won)
    assert error(refused) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Amount"])
    assert refused.json()[0]["message"] == "A won deal has an amount"
    past = crm.send("POST", "sobjects/Opportunity", {**won, "StageName": "Prospecting", "CloseDate": "2025-12-31"})
    assert error(past) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", [])
    assert crm.query("SELECT Id FROM Opportunity") == []
    assert crm.send("POST", "sobjects/Opportunity", {**won, "Amount": 1}).status == 201


def test_an_update_is_looked_at_as_the_record_then_stands() -> None:
    crm = ruled(PRICED)
    deal = crm.opportunity()
    refused = crm.send("PATCH", f"sobjects/Opportunity/{deal}", {"StageName": "Closed Won"})
    assert error(refused) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Amount"])
    assert crm.get("Opportunity", deal)["StageName"] == "Prospecting"
    crm.update("Opportunity", deal, StageName="Closed Won", Amount=5)


def test_a_rule_strikes_items_of_a_batch_and_rows_of_a_job_alone() -> None:
    clock = ManualClock(EPOCH)
    crm = ruled(PRICED, clock=clock)
    deal = {"attributes": {"type": "Opportunity"}, "Name": "x", "StageName": "Closed Won", "CloseDate": "2026-03-31"}
    results = crm.send("POST", "composite/sobjects", {"records": [deal, {**deal, "Amount": 1}]}).json()
    assert [result["success"] for result in results] == [False, True]
    job = crm.send("POST", "jobs/ingest", {"object": "Opportunity", "operation": "insert"}).json()["id"]
    body = b"Name,StageName,CloseDate,Amount\nx,Closed Won,2026-03-31,\ny,Closed Won,2026-03-31,1\n"
    crm.send("PUT", f"jobs/ingest/{job}/batches", body, content_type="text/csv")
    crm.send("PATCH", f"jobs/ingest/{job}", {"state": "UploadComplete"})
    for minute in (1, 2):
        clock.advance_to(minute * MINUTE_US)
        crm.mock.run_due()
    failed = crm.send("GET", f"jobs/ingest/{job}/failedResults").body.decode()
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION:A won deal has an amount:Amount --" in failed
    assert crm.send("GET", f"jobs/ingest/{job}").json()["numberRecordsFailed"] == 1


def test_a_duplicate_is_refused_with_what_it_is_like() -> None:
    crm = ruled(ONCE)
    refused = crm.send("POST", "sobjects/Account", {"Name": "ACME", "BillingCountry": "de"})
    assert error(refused) == (400, "DUPLICATES_DETECTED", [])
    result = refused.json()[0]["duplicateResult"]
    assert (result["allowSave"], result["duplicateRule"]) == (True, "Same_Name_And_Country")
    (match,) = result["matchResults"]
    assert [each["record"]["Id"] for each in match["matchRecords"]] == [crm.account()]
    for different in ({"BillingCountry": "FR"}, {}):
        assert crm.send("POST", "sobjects/Account", {"Name": "Acme", **different}).status == 201


def test_who_insists_may_save_where_the_rule_allows_it() -> None:
    crm = ruled(ONCE, STRICT)
    insists = {"sforce_duplicate_rule_header": "allowSave=true; includeRecordDetails=true"}
    same = {"Name": "Acme", "BillingCountry": "DE"}
    assert crm.send("POST", "sobjects/Account", same, **insists).status == 201
    strictly = crm.send("POST", "sobjects/Account", {"Name": "New", "VAT_Number__c": "DE123"}, **insists)
    assert error(strictly) == (400, "DUPLICATES_DETECTED", [])


def test_an_update_that_touches_none_of_the_fields_is_let_be() -> None:
    crm = ruled(STRICT)
    first, second = crm.account("Acme"), crm.account("Globex")
    crm.update("Account", first, Phone="1", VAT_Number__c="DE124")
    crm.update("Account", second, VAT_Number__c="DE123")
    assert error(crm.send("PATCH", f"sobjects/Account/{first}", {"VAT_Number__c": "de123"}))[1] == "DUPLICATES_DETECTED"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (replace(PRICED, sobject="Oportunity"), "no object is named 'Oportunity'; nearest: Opportunity"),
        (replace(PRICED, condition="IsWonn = true"), "'IsWonn = true' is no condition: No such column"),
        (replace(PRICED, condition="nonsense"), "is no condition"),
        (replace(STRICT, fields=("Nmae",)), "no field of Account is named 'Nmae'; nearest: Name"),
    ],
)
def test_a_rule_about_what_is_not_there_is_refused_with_the_tenant(rule: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ruled(rule)
