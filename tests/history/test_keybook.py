"""Which thing a native record is: by agreed id, by reference, by what it says of itself, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.observe import Row
from sandbox.history.keybook import UNKNOWN, KeyBook
from tests.history.builders import INTERFACE


@pytest.fixture
def book() -> KeyBook:
    return KeyBook(INTERFACE)


def opportunity(**columns: Any) -> Row:
    return {"AccountId": "001", "Engagement_Code__c": "NORTH", **columns}


def workspace(title: str) -> Row:
    return {"title": title}


def time_entry(**columns: Any) -> Row:
    given: Row = {
        "user_id": "5", "workspace_id": "40", "date_performed": "2026-01-12", "time_in_minutes": 450, "billable": 1,
    }  # fmt: skip
    return {**given, **columns}


def time_bill(**columns: Any) -> Row:
    given: Row = {
        "externalId": None, "employee": "9", "customer": "3", "tranDate": "2026-01-12", "hours": 450, "isBillable": 1,
    }  # fmt: skip
    return {**given, **columns}


def reference(subject: str, subject_id: str, model: str, native: str) -> Row:
    return {
        "subject_type": subject,
        "subject_id": subject_id,
        "service_model": model,
        "service_model_ref": native,
    }


def learn_people_and_projects(book: KeyBook) -> None:
    """One worker and one engagement under all their roofs."""
    book.learn("hris.worker", "w1", {"employee_id": "W-0001", "email": "ana@firm.example"})
    book.learn("psa.user", "5", {"email_address": "ana@firm.example"})
    book.learn("psa.account_membership", "50", {"user_id": "5"})
    book.learn("erp.employee", "9", {"externalId": "W-0001", "email": None})
    book.learn("crm.Opportunity", "006", opportunity())
    book.learn("psa.workspace", "40", workspace("NORTH Rollout"))
    book.learn("erp.job", "3", {"externalId": "CRM-NORTH", "entityId": "x"})


# -- each rule ---------------------------------------------------------------------------------------------------------

# What each record of the interface contract is resolved by, at its simplest; the ref it must come to.
SIMPLEST: dict[str, tuple[Row, str]] = {
    "crm.Account": ({"AccountNumber": "C-1"}, "client:C-1"),
    "crm.Opportunity": (opportunity(), "engagement:NORTH"),
    "crm.OpportunityLineItem": ({"Contract_Line_Code__c": "NORTH-L1"}, "line:NORTH-L1"),
    "hris.worker": ({"employee_id": "W-0001"}, "worker:W-0001"),
    "psa.role": ({"name": "analyst"}, "role:analyst"),
    "psa.user": ({"email_address": "ana@firm.example"}, "worker:W-0001"),
    "psa.account_membership": ({"user_id": "5"}, "worker:W-0001"),
    "psa.workspace_resource": ({"workspace_id": "40", "user_id": "5"}, "resource:77"),
    "psa.workspace_allocation": ({"workspace_id": "40", "workspace_resource_id": "60"}, "assignment:77"),
    "erp.projectTask": ({"externalId": "PSA-AL-78", "project": "3"}, "assignment:78"),
    "psa.cost_rate": ({"account_membership_id": "50", "currency": "GBP"}, "cost_rate:W-0001 GBP"),
    "psa.time_off_entry": ({"user_id": "5", "requested_date": "2026-02-12"}, "absence:W-0001 2026-02-12"),
    "psa.workspace_group": ({"name": "Northwind"}, "client:C-1"),
    "psa.workspace": (workspace("NORTH Rollout"), "engagement:NORTH"),
    "psa.story": ({"title": "NORTH-L1 Advice"}, "line:NORTH-L1"),
    "psa.time_entry": (time_entry(), "time:77"),
    "psa.timesheet_submission": ({}, "timesheet:77"),
    "psa.invoice": ({}, "invoice:77"),
    "psa.fixed_fee_item": ({}, "fixed_fee_item:77"),
    "psa.billing_milestone": ({"title": "NORTH-L1 Sign-off"}, "line:NORTH-L1"),
    "psa.external_payment": ({"notes": "bank line B-4"}, "payment:B-4"),
    "erp.subsidiary": ({"externalId": "UK"}, "entity:UK"),
    "erp.currency": ({"symbol": "GBP"}, "currency:GBP"),
    "erp.accountingPeriod": ({"startDate": "2026-01-01"}, "period:2026-01-01"),
    "erp.account": ({"acctNumber": "2100"}, "account:2100"),
    "erp.serviceSaleItem": ({"itemId": "TM"}, "item:TM"),
    "erp.customer": ({"externalId": "CRM-C-1", "companyName": None}, "client:C-1"),
    "erp.job": ({"externalId": "CRM-NORTH", "entityId": None}, "engagement:NORTH"),
    "erp.employee": ({"externalId": "W-0001", "email": None}, "worker:W-0001"),
    "erp.timeBill": (time_bill(externalId="PSA-T-78"), "time:78"),
    "erp.invoice": ({"externalId": "PSA-INV-12", "job": None, "memo": None}, "invoice:12"),
    "erp.creditMemo": ({"externalId": "PSA-CM-77"}, "credit:77"),
    "erp.invoiceLine": ({}, "invoice_line:77"),
    "erp.customerPayment": ({"externalId": None, "checkNum": "B-4"}, "payment:B-4"),
    "erp.bankStatementLine": ({"lineId": "B-4"}, "payment:B-4"),
    "erp.journalEntry": ({"externalId": "REV-B1", "memo": None}, "batch:B1"),
    "files.time_delivery": ({"file_name": "time-UK-1.csv"}, "payroll:time-UK-1.csv"),
    "psa.vendor": ({"name": "Kestrel"}, "supplier:Kestrel"),
    "psa.expense": ({}, "expense:77"),
    "psa.expense_report_submission": ({}, "expense_report:77"),
    "erp.expenseReport": ({"externalId": "PSA-X-78"}, "expense:78"),
    "erp.expenseLine": ({"custcol_source_id": "78"}, "expense_line:78"),
    "erp.vendor": ({"companyName": "Kestrel"}, "supplier:Kestrel"),
    "erp.vendorBill": ({}, "bill:77"),
    "revenue.batch": ({}, "batch:77"),
    "revenue.rc_line": ({"so_line_id": "NORTH-L1-2026-01"}, "obligation:NORTH-L1-2026-01"),
    "revenue.rc_bill": ({"inv_line_id": "12-NORTH-L1"}, "bill:12-NORTH-L1"),
    "revenue.pob_event": ({}, "progress:77"),
    "crm.Case": ({"Dead_Letter_Key__c": "time:77"}, "letter:time:77"),
    "files.bank_line": ({}, "payment:77"),
}


def test_every_record_of_the_interface_contract_is_tried_here() -> None:
    assert SIMPLEST.keys() == INTERFACE.records.keys()


@pytest.mark.parametrize("record", list(SIMPLEST))
def test_every_record_of_the_interface_contract_resolves(book: KeyBook, record: str) -> None:
    learn_people_and_projects(book)
    book.learn("crm.Account", "001", {"AccountNumber": "C-1", "Name": "Northwind"})
    found, key = SIMPLEST[record]
    ref = key.partition(":")[2]
    assert book.learn(record, "77", found) == ref
    assert (book.ref(record, "77"), book.key(record, "77")) == (ref, key)


# -- agreed ids and references -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("external_id", "key"),
    [
        ("PSA-T-78", "time:78"),
        ("PSA-T-78-2", "time:78-2"),
        # Not spelled as agreed: no proof of anything.
        ("psa-t-78", UNKNOWN),
        ("PSA-T-", UNKNOWN),
        ("XPSA-T-78", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_an_external_id_counts_when_it_is_spelled_as_agreed(book: KeyBook, external_id: str, key: str) -> None:
    book.learn("erp.timeBill", "1", time_bill(externalId=external_id))
    assert book.key("erp.timeBill", "1") == key


def test_an_agreed_spelling_may_go_on_behind_the_ref() -> None:
    rule = INTERFACE.records["erp.invoice"].model_copy(update={"external_id": "PSA-{ref}-V1"})
    book = KeyBook(INTERFACE.model_copy(update={"records": {**INTERFACE.records, "erp.invoice": rule}}))
    spelled = {"12": "PSA-12-V1", UNKNOWN: "PSA-12-V12"}
    for number, (ref, external_id) in enumerate(spelled.items()):
        row = {"externalId": external_id, "job": None, "memo": None}
        assert book.learn("erp.invoice", str(number), row) == ref


def test_an_external_id_goes_before_what_the_record_says_of_itself(book: KeyBook) -> None:
    book.learn("erp.job", "3", {"externalId": "CRM-NORTH", "entityId": "SOUTH Something"})
    assert book.key("erp.job", "3") == "engagement:NORTH"
    book.learn("erp.job", "4", {"externalId": None, "entityId": "SOUTH Something"})
    assert book.key("erp.job", "4") == "engagement:SOUTH"


def test_a_reference_to_another_system_goes_before_what_the_record_says_of_itself(book: KeyBook) -> None:
    book.learn("crm.Opportunity", "006", opportunity())
    book.learn("psa.external_reference", "1", reference("Workspace", "40", "Opportunity", "006"))
    assert book.learn("psa.workspace", "40", workspace("SOUTH renamed by somebody")) == "NORTH"


def test_a_reference_that_comes_later_is_taken_up(book: KeyBook) -> None:
    book.learn("crm.Opportunity", "006", opportunity())
    book.learn("psa.workspace", "40", workspace("a name without a code"))
    assert book.key("psa.workspace", "40") == "engagement:a"
    book.learn("psa.external_reference", "1", reference("Workspace", "40", "Opportunity", "006"))
    assert book.key("psa.workspace", "40") == "engagement:NORTH"


def test_a_reference_holds_the_native_id_where_the_other_record_has_one_and_else_the_ref_itself(book: KeyBook) -> None:
    book.learn("psa.external_reference", "1", reference("User", "5", "Worker", "W-0001"))
    assert book.learn("psa.user", "5", {"email_address": None}) == "W-0001"
    book.learn("psa.external_reference", "2", reference("Story", "8", "OpportunityLineItem", "00k"))
    assert book.learn("psa.story", "8", {"title": None}) == UNKNOWN
    book.learn("crm.OpportunityLineItem", "00k", {"Contract_Line_Code__c": "NORTH-L1"})
    assert book.learn("psa.story", "8", {"title": None}) == "NORTH-L1"


@pytest.mark.parametrize(
    ("subject", "subject_id", "model"),
    [("Story", "40", "Opportunity"), ("Workspace", "41", "Opportunity"), ("Workspace", "40", "Account")],
)
def test_a_reference_of_another_subject_record_or_model_is_not_ours(
    book: KeyBook, subject: str, subject_id: str, model: str
) -> None:
    book.learn("crm.Opportunity", "006", opportunity())
    book.learn("psa.external_reference", "1", reference(subject, subject_id, model, "006"))
    assert book.learn("psa.workspace", "40", {"title": None}) == UNKNOWN


def test_a_membership_is_its_users(book: KeyBook) -> None:
    assert book.learn("psa.account_membership", "50", {"user_id": "5"}) == UNKNOWN
    learn_people_and_projects(book)
    assert book.learn("psa.account_membership", "50", {"user_id": "5"}) == "W-0001"


def test_the_same_value_names_the_same_thing_and_nothing_names_nothing(book: KeyBook) -> None:
    book.learn("hris.worker", "w1", {"employee_id": "W-0001", "email": None})
    book.learn("hris.worker", "w2", {"employee_id": "W-0002", "email": "ben@firm.example"})
    assert book.learn("psa.user", "5", {"email_address": None}) == UNKNOWN
    assert book.learn("psa.user", "6", {"email_address": "ben@firm.example"}) == "W-0002"
    assert book.learn("psa.user", "7", {"email_address": "Ben@firm.example"}) == UNKNOWN


def test_a_text_that_begins_otherwise_names_nothing(book: KeyBook) -> None:
    for notes in ("B-4", "see bank line B-4", "bank line ", None, ""):
        assert book.learn("psa.external_payment", "1", {"notes": notes}) == UNKNOWN
    assert book.learn("erp.journalEntry", "1", {"externalId": None, "memo": "revenue batch B1"}) == "B1"
    assert book.learn("erp.journalEntry", "2", {"externalId": None, "memo": "correction of B1"}) == UNKNOWN


def test_a_title_begins_with_the_code_or_names_nothing(book: KeyBook) -> None:
    assert book.learn("psa.workspace", "40", workspace("NORTH")) == "NORTH"
    for title in ("", None, " NORTH"):
        assert book.learn("psa.workspace", "41", {"title": title}) == UNKNOWN
        assert book.key("psa.workspace", "41") == UNKNOWN


def test_a_record_whose_naming_column_is_empty_names_nothing(book: KeyBook) -> None:
    for column in (None, ""):
        assert book.learn("crm.Account", "001", {"AccountNumber": column}) == UNKNOWN
        assert (book.ref("crm.Account", "001"), book.key("crm.Account", "001")) == (None, UNKNOWN)


def test_a_record_without_a_rule_and_a_record_never_seen_are_unknown(book: KeyBook) -> None:
    assert book.learn("psa.rate_card", "1", {"title": "London"}) == UNKNOWN
    assert book.rows["psa.rate_card"] == {"1": {"title": "London"}}
    assert (book.ref("erp.timeBill", "1"), book.key("erp.timeBill", "1")) == (None, UNKNOWN)


# -- natural keys ------------------------------------------------------------------------------------------------------


def test_a_record_without_an_agreed_id_is_told_by_its_natural_key(book: KeyBook) -> None:
    learn_people_and_projects(book)
    book.learn("psa.time_entry", "77", time_entry())
    assert book.learn("erp.timeBill", "1", time_bill()) == "77"


@pytest.mark.parametrize(
    "different",
    [{"employee": "8"}, {"customer": "4"}, {"tranDate": "2026-01-13"}, {"hours": 449}, {"isBillable": 0}],
    ids=lambda different: next(iter(different)),
)
def test_every_field_of_the_natural_key_must_agree(book: KeyBook, different: dict[str, Any]) -> None:
    learn_people_and_projects(book)
    book.learn("psa.time_entry", "77", time_entry())
    assert book.learn("erp.timeBill", "1", time_bill(**different)) == UNKNOWN


def test_facts_that_look_alike_are_given_out_one_by_one(book: KeyBook) -> None:
    learn_people_and_projects(book)
    for record_id in ("77", "78"):
        book.learn("psa.time_entry", record_id, time_entry())
    refs = [book.learn("erp.timeBill", record_id, time_bill()) for record_id in ("1", "2", "3")]
    # The third is one too many: it must be told as a double of the first.
    assert refs == ["77", "78", "77"]
    # Once told, always the same, however often it is written again.
    assert book.learn("erp.timeBill", "2", time_bill(memo="changed")) == "78"


def test_a_fact_whose_record_is_gone_is_free_for_the_next(book: KeyBook) -> None:
    learn_people_and_projects(book)
    for record_id in ("77", "78"):
        book.learn("psa.time_entry", record_id, time_entry())
    assert [book.learn("erp.timeBill", record_id, time_bill()) for record_id in ("1", "2")] == ["77", "78"]
    book.learn("erp.timeBill", "2", None)
    assert book.learn("erp.timeBill", "3", time_bill()) == "78"


def test_a_fact_told_by_its_agreed_id_is_not_given_out_again(book: KeyBook) -> None:
    learn_people_and_projects(book)
    for record_id in ("77", "78"):
        book.learn("psa.time_entry", record_id, time_entry())
    assert book.learn("erp.timeBill", "1", time_bill(externalId="PSA-T-77")) == "77"
    assert book.learn("erp.timeBill", "2", time_bill()) == "78"


def test_a_fact_guessed_for_a_record_that_turns_out_to_be_another_is_left_to_the_next(book: KeyBook) -> None:
    learn_people_and_projects(book)
    for record_id in ("77", "78"):
        book.learn("psa.time_entry", record_id, time_entry())
    assert book.learn("erp.timeBill", "1", time_bill()) == "77"
    assert book.learn("erp.timeBill", "1", time_bill(externalId="PSA-T-78")) == "78"
    assert book.learn("erp.timeBill", "2", time_bill()) == "77"


def test_a_source_that_is_learned_after_its_target_is_found_at_the_next_look(book: KeyBook) -> None:
    learn_people_and_projects(book)
    assert book.learn("erp.timeBill", "1", time_bill()) == UNKNOWN
    book.learn("psa.time_entry", "77", time_entry())
    assert book.learn("erp.timeBill", "1", time_bill()) == "77"


def test_a_source_told_by_what_it_was_and_by_what_it_became(book: KeyBook) -> None:
    # The target may have been written from either version.
    learn_people_and_projects(book)
    book.learn("psa.time_entry", "77", time_entry())
    assert book.learn("erp.timeBill", "1", time_bill()) == "77"
    book.learn("psa.time_entry", "77", time_entry(time_in_minutes=480))
    assert book.learn("erp.timeBill", "2", time_bill(hours=480)) == "77"


# -- as things change --------------------------------------------------------------------------------------------------


def test_a_record_keeps_its_ref_when_what_told_it_is_gone(book: KeyBook) -> None:
    book.learn("erp.timeBill", "1", time_bill(externalId="PSA-T-78"))
    assert book.learn("erp.timeBill", "1", time_bill()) == "78"
    book.learn("psa.workspace", "40", workspace("NORTH Rollout"))
    assert book.learn("psa.workspace", "40", workspace("Rollout")) == "NORTH"


def test_a_deleted_record_is_no_row_any_more_and_still_known(book: KeyBook) -> None:
    book.learn("crm.Account", "001", {"AccountNumber": "C-1"})
    assert book.learn("crm.Account", "001", None) == "C-1"
    assert book.key("crm.Account", "001") == "client:C-1"
    assert book.rows["crm.Account"] == {}
    assert book.learn("crm.Account", "002", None) == UNKNOWN


def test_a_record_that_gets_another_name_is_another_thing(book: KeyBook) -> None:
    book.learn("crm.Opportunity", "006", opportunity())
    assert book.learn("crm.Opportunity", "006", opportunity(Engagement_Code__c="SOUTH")) == "SOUTH"
    assert book.key("crm.Opportunity", "006") == "engagement:SOUTH"


# -- final states ------------------------------------------------------------------------------------------------------


def test_final_states_are_resolved_whatever_order_they_stand_in(book: KeyBook) -> None:
    book.load(
        {
            "erp": {
                "timeBill": {"1": time_bill(), "2": time_bill(externalId="PSA-T-78")},
                "employee": {"9": {"externalId": "W-0001", "email": None}},
                "job": {"3": {"externalId": None, "entityId": "NORTH"}},
            },
            "psa": {
                "time_entry": {"77": time_entry(), "78": time_entry()},
                "workspace": {"40": workspace("a name without a code")},
                "account_membership": {"50": {"user_id": "5"}},
                "user": {"5": {"email_address": "ana@firm.example"}},
                "external_reference": {"1": reference("Workspace", "40", "Opportunity", "006")},
                "rate_card": {"1": {"title": "London"}},
            },
            "hris": {"worker": {"w1": {"employee_id": "W-0001", "email": "ana@firm.example"}}},
            "crm": {"Opportunity": {"006": opportunity()}},
        }
    )
    assert book.key("psa.workspace", "40") == "engagement:NORTH"
    assert book.key("psa.account_membership", "50") == "worker:W-0001"
    assert book.key("erp.timeBill", "2") == "time:78"
    assert book.key("erp.timeBill", "1") == "time:77"


def test_systems_that_are_not_there_are_no_mistake(book: KeyBook) -> None:
    book.load({"crm": {"Account": {"001": {"AccountNumber": "C-1"}}}})
    assert book.key("crm.Account", "001") == "client:C-1"
    assert book.rows.keys() == {"crm.Account"}
