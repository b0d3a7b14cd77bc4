"""The ERP connector against the mock: records under agreed keys, exact money, look-ups by query, journals once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.periods import Period
from sandbox.engine.canonical import BankLine, FixedItem
from sandbox.engine.policy import NaivePolicy
from sandbox.engine.resilience import Missing, Refused
from tests.engine.builders import Room, answer_lost, answered, day
from tests.engine.conftest import Opened
from tests.engine.samples import BATCH, BILL, DEAL, ENTRY, WORKER


def number(room: Room, record: str, name: str, value: str) -> str:
    return next(str(row["id"]) for row in room.rows("erp", record) if row[name] == value)


def with_project(room: Room) -> tuple[str, str]:
    """(customer, project) of a deal, and an employee."""
    erp = room.context.erp
    customer = room.do(erp.put_customer(DEAL))
    room.do(erp.put_employee(WORKER))
    return customer, room.do(erp.put_job(DEAL, customer))


def put_time(room: Room, job: str, **changed: Any) -> str:
    employee = number(room, "employee", "externalId", "W-0009")
    return room.do(
        room.context.erp.put_time(
            replace(ENTRY, **changed), employee_id=employee, job_id=job, role="analyst", line="ENG-09-L1",
            period=Period(2026, 1),
        )
    )  # fmt: skip


# -- people and projects -----------------------------------------------------------------------------------------------


def test_a_customer_stands_under_the_agreed_key_with_country_and_tax_number(room: Room) -> None:
    customer = room.do(room.context.erp.put_customer(DEAL))
    row = room.row("erp", "customer")
    assert (row["id"], row["externalId"], row["companyName"]) == (customer, "CRM-CL-009", "Ferry Line plc")
    assert (row["custentity_country"], row["vatRegNumber"]) == ("GB", "GB123456789")
    assert row["custentity_state"] is None
    assert room.do(room.store.native("client", "CL-009", "erp")) == customer


def test_a_customer_in_a_state_that_tax_asks_for_has_it(room: Room) -> None:
    room.do(room.context.erp.put_customer(replace(DEAL, client_country="IN", client_state="MH")))
    row = room.row("erp", "customer")
    assert (row["custentity_country"], row["custentity_state"]) == ("IN", "MH")


def test_putting_again_changes_what_changed_and_makes_no_second(room: Room) -> None:
    first = room.do(room.context.erp.put_customer(DEAL))
    again = room.do(room.context.erp.put_customer(replace(DEAL, client_name="Ferry Lines plc")))
    assert (again, room.row("erp", "customer")["companyName"]) == (first, "Ferry Lines plc")


def test_a_project_hangs_on_its_customer_and_says_how_it_is_charged(room: Room) -> None:
    customer, job = with_project(room)
    row = room.row("erp", "job")
    wanted = {
        "id": job,
        "externalId": "CRM-ENG-09",
        "entityId": "ENG-09",
        "companyName": "Signal works",
        "parent": customer,
        "jobPrice": 12_000_000,
        "startDate": "2026-01-19",
        "projectedEndDate": "2026-02-27",
        "allowTime": 1,
        "isInactive": 0,
    }
    assert {name: row[name] for name in wanted} == wanted
    hours = row["jobBillingType"]
    room.do(room.context.erp.put_job(replace(DEAL, kind="fixed_fee"), customer))
    assert room.row("erp", "job")["jobBillingType"] != hours


def test_a_project_that_was_taken_back_is_inactive_until_it_is_put_again(room: Room) -> None:
    customer, job = with_project(room)
    room.do(room.context.erp.retire_job(job))
    assert room.row("erp", "job")["isInactive"] == 1
    room.do(room.context.erp.put_job(DEAL, customer))
    assert room.row("erp", "job")["isInactive"] == 0


def test_an_employee_has_grade_and_dates_and_is_found_by_address(room: Room) -> None:
    erp = room.context.erp
    assert room.do(erp.find_employee(WORKER.email)) is None
    employee = room.do(erp.put_employee(replace(WORKER, last_day=date(2026, 3, 31))))
    row = next(each for each in room.rows("erp", "employee") if each["id"] == employee)
    assert (row["externalId"], row["laborcategory"], row["hireDate"]) == ("W-0009", "analyst", "2026-01-05")
    assert row["releasedate"] == "2026-03-31"
    assert room.do(erp.find_employee("ada.quill@x.example")) == employee
    # Who comes back has no last day any more.
    room.do(erp.put_employee(WORKER))
    assert next(each for each in room.rows("erp", "employee") if each["id"] == employee)["releasedate"] is None


def test_names_the_erp_does_not_know_are_refused_by_name(room: Room) -> None:
    erp = room.context.erp
    for wrong, said in (
        (erp.subsidiary_id("XX"), "the ERP has no subsidiary 'XX'"),
        (erp.account_id("9999"), "the ERP has no account '9999'"),
        (erp.currency_id("EUR"), "the ERP has no currency 'EUR'"),
        (erp.period_id(Period(2031, 1)), "the ERP has no period '2031-01'"),
    ):
        failed = room.fails(wrong)
        assert isinstance(failed, Refused)
        assert failed.message == said


def test_a_list_is_read_once_and_again_only_for_a_name_it_lacked(room: Room) -> None:
    erp = room.context.erp
    assert room.do(erp.period_id(Period(2026, 1))) == number(room, "accountingPeriod", "startDate", "2026-01-01")
    assert room.do(erp.period_id(Period(2026, 2))) == number(room, "accountingPeriod", "startDate", "2026-02-01")
    assert len(room.wire.log) == 1
    room.fails(erp.period_id(Period(2031, 1)))
    assert len(room.wire.log) == 2


# -- time --------------------------------------------------------------------------------------------------------------


def test_time_is_posted_with_hours_and_minutes_item_rate_line_and_period(room: Room) -> None:
    _, job = with_project(room)
    time_id = put_time(room, job)
    row = room.row("erp", "timeBill")
    wanted = {
        "id": time_id,
        "externalId": "PSA-T-5025892979",
        "customer": job,
        "employee": number(room, "employee", "externalId", "W-0009"),
        "item": number(room, "serviceSaleItem", "itemId", "ROLE-ANALYST"),
        "hours": 400,
        "tranDate": "2026-01-20",
        "isBillable": 1,
        "rate": 850_000,
        "approvalStatus": "3",
        "memo": "PSA time entry 5025892979",
        "custcol_contract_line": "ENG-09-L1",
        "custcol_posting_period": number(room, "accountingPeriod", "startDate", "2026-01-01"),
    }
    assert {name: row[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("minutes", "spelled"), [(400, b'"6:40"'), (5, b'"0:05"'), (60, b'"1:00"'), (1440, b'"24:00"')]
)
def test_minutes_are_spelled_as_hours_and_minutes(room: Room, minutes: int, spelled: bytes) -> None:
    _, job = with_project(room)
    put_time(room, job, minutes=minutes)
    (sent,) = room.wire.sent("erp", "PUT", "/timeBill/")
    assert b'"hours":' + spelled in sent.request.body
    assert room.row("erp", "timeBill")["hours"] == minutes


def test_a_role_of_two_words_has_an_item_of_two_words(room: Room) -> None:
    _, job = with_project(room)
    employee = number(room, "employee", "externalId", "W-0009")
    erp = room.context.erp
    coro = erp.put_time(
        ENTRY, employee_id=employee, job_id=job, role="senior consultant", line="L", period=Period(2026, 1)
    )
    room.do(coro)
    assert room.row("erp", "timeBill")["item"] == number(room, "serviceSaleItem", "itemId", "ROLE-SENIOR-CONSULTANT")


def test_time_posted_again_is_the_same_time(room: Room) -> None:
    _, job = with_project(room)
    assert put_time(room, job) == put_time(room, job)
    assert len(room.rows("erp", "timeBill")) == 1


# -- invoices and cash -------------------------------------------------------------------------------------------------


def invoiced(room: Room) -> tuple[str, str]:
    """(customer, invoice) of a pre-bill of 566.67 of time and 100.00 fixed."""
    customer, job = with_project(room)
    time_id = put_time(room, job)
    invoice = room.do(
        room.context.erp.put_invoice(
            BILL, job_id=job, customer_id=customer, entity="UK", time_ids=[time_id], lines={"1": "ENG-09-L1"}
        )
    )
    return customer, invoice


def test_an_invoice_of_time_and_a_fixed_amount_is_computed_by_the_erp(room: Room) -> None:
    customer, invoice = invoiced(room)
    ledger = room.do(room.context.erp.invoice(invoice))
    row = room.row("erp", "invoice")
    assert (ledger.native_id, ledger.number) == (invoice, row["tranId"])
    # 400 minutes at 85.00 are 566.67; and 100.00; 20% of 666.67 is 133.334.
    assert (ledger.net, ledger.total, ledger.open_amount) == (Decimal("666.67"), Decimal("800.00"), Decimal("800.00"))
    assert (ledger.tax_percent, type(ledger.net)) == (Decimal(20), Decimal)
    assert (row["externalId"], row["entity"], row["memo"]) == ("PSA-INV-7700001", customer, "ENG-09 2026-01")
    assert (row["tranDate"], row["dueDate"]) == ("2026-01-26", "2026-02-09")
    lines = {each["description"]: each["custcol_contract_line"] for each in room.rows("erp", "invoiceLine")}
    assert lines["first part"] == "ENG-09-L1"


def test_an_invoice_of_fixed_amounts_alone_names_no_time(room: Room) -> None:
    customer, job = with_project(room)
    bill = replace(BILL, items=(FixedItem("1", Decimal("2700.55"), "a"), FixedItem("2", Decimal("0.45"), "b")))
    invoice = room.do(
        room.context.erp.put_invoice(
            bill, job_id=job, customer_id=customer, entity="UK", time_ids=[], lines={"1": "L1", "2": "L2"}
        )
    )
    assert room.do(room.context.erp.invoice(invoice)).net == Decimal("2701.00")
    assert {row["description"]: row["custcol_contract_line"] for row in room.rows("erp", "invoiceLine")} == {
        "a": "L1",
        "b": "L2",
    }


def test_an_invoice_is_found_by_its_number_with_its_customer(room: Room) -> None:
    customer, invoice = invoiced(room)
    erp = room.context.erp
    written = room.row("erp", "invoice")["tranId"]
    assert room.do(erp.invoice_by_number(written)) == (invoice, customer)
    assert room.do(erp.invoice_by_number(written[:-1])) is None
    assert room.do(erp.invoice_by_number("")) is None
    # A quote in what a client wrote is a character and no end of text.
    assert room.do(erp.invoice_by_number(f"{written}' OR '1'='1")) is None


def bank_line(room: Room, line_id: str, amount: str, reference: str | None) -> None:
    room.screen(
        "finance-uk", "erp", "import_bank_line", line_id=line_id, subsidiary="UK", date="2026-02-09", amount=amount,
        currency="GBP", payer="Ferry Line plc", reference=reference or "",
    )  # fmt: skip


def test_unmatched_bank_lines_come_with_exact_amounts_in_order_of_their_ids(room: Room) -> None:
    bank_line(room, "BL-2", "800.00", "INV9")
    bank_line(room, "BL-1", "0.05", None)
    lines = room.do(room.context.erp.unmatched_bank_lines())
    assert lines == [
        BankLine("BL-1", date(2026, 2, 9), Decimal("0.05"), "GBP", "", "Ferry Line plc"),
        BankLine("BL-2", date(2026, 2, 9), Decimal("800.00"), "GBP", "INV9", "Ferry Line plc"),
    ]
    assert all(type(line.amount) is Decimal for line in lines)


def test_more_bank_lines_than_a_page_are_all_read(room: Room) -> None:
    bank_line(room, "BL-0000", "1.00", "first")
    erp = room.systems["erp"]
    (only,) = room.rows("erp", "bankStatementLine")
    values = {name: value for name, value in only.items() if not name.startswith("_") and name != "id"}

    def fill() -> None:
        for line in range(1, 1001):
            line_id = f"BL-{line:04d}"
            erp.store.insert("bankStatementLine", {**values, "lineId": line_id}, line_id)

    erp.seeding(fill)
    room.wire.log.clear()
    lines = room.do(room.context.erp.unmatched_bank_lines())
    assert [line.line_id for line in lines] == [f"BL-{line:04d}" for line in range(1001)]
    assert len(room.wire.log) == 2


def test_a_payment_pays_its_invoice_and_matches_its_bank_line(room: Room) -> None:
    customer, invoice = invoiced(room)
    bank_line(room, "BL-1", "300.25", room.row("erp", "invoice")["tranId"])
    erp = room.context.erp
    (line,) = room.do(erp.unmatched_bank_lines())
    payment = room.do(erp.put_payment(line, invoice, customer, line.amount, Decimal(0)))
    row = room.row("erp", "customerPayment")
    assert (row["id"], row["externalId"], row["checkNum"]) == (payment, "BANK-BL-1", "BL-1")
    assert (row["payment"], row["tranDate"], row["applied"], row["unapplied"]) == (
        3_002_500,
        "2026-02-09",
        3_002_500,
        0,
    )
    assert room.do(erp.invoice(invoice)).open_amount == Decimal("499.75")
    assert room.do(erp.unmatched_bank_lines()) == []
    # Put again it is the same payment.
    assert room.do(erp.put_payment(line, invoice, customer, line.amount, Decimal(0))) == payment
    assert room.do(erp.invoice(invoice)).open_amount == Decimal("499.75")


def test_more_than_the_invoice_is_open_for_is_refused_and_nothing_is_booked(room: Room) -> None:
    customer, invoice = invoiced(room)
    line = BankLine("BL-1", day("2026-02-09"), Decimal("800.01"), "GBP", "", "")
    failed = room.fails(room.context.erp.put_payment(line, invoice, customer, line.amount, Decimal(0)))
    assert isinstance(failed, Refused)
    assert failed.message.endswith("for the following field: amount. 800.00 of the invoice is open.")
    assert room.rows("erp", "customerPayment") == []


# -- ledger ------------------------------------------------------------------------------------------------------------


def test_a_batch_becomes_a_journal_that_leads_back_to_it_line_by_line(room: Room) -> None:
    _, job = with_project(room)
    journal = room.do(room.context.erp.post_journal(BATCH, {"ENG-09": job}))
    row = next(each for each in room.rows("erp", "journalEntry") if each["id"] == journal)
    january = number(room, "accountingPeriod", "startDate", "2026-01-01")
    assert (row["externalId"], row["memo"], row["tranDate"]) == ("REV-51", "revenue batch 51", "2026-01-31")
    assert row["postingPeriod"] == january
    accounts = {each["id"]: each["acctNumber"] for each in room.rows("erp", "account")}
    lines = [each for each in room.rows("erp", "transactionLine") if each["transaction"] == journal]
    told = sorted(
        (
            accounts[line["account"]], line["debit"] or 0, line["credit"] or 0, line["job"], line["contractLine"],
            line["sourceSystem"], line["sourceId"], line["sourceLine"],
        )
        for line in lines
    )  # fmt: skip
    which = (job, "ENG-09-L1-2026-01", "revenue", "51")
    assert told == [("2100", 5_666_700, 0, *which, "1"), ("4000", 0, 5_666_700, *which, "2")]


def test_a_batch_whose_answer_was_lost_is_found_and_not_posted_again(room: Room) -> None:
    _, job = with_project(room)
    room.wire.meets("erp", "POST", "/journalEntry", answer_lost)
    first = room.do(room.context.erp.post_journal(BATCH, {"ENG-09": job}))
    room.crash()
    assert room.do(room.context.erp.post_journal(BATCH, {"ENG-09": job})) == first
    assert len(room.wire.sent("erp", "POST", "/journalEntry")) == 1


def test_an_engine_without_memory_is_refused_a_second_journal_of_a_batch(room: Room) -> None:
    _, job = with_project(room)
    room.do(room.context.erp.post_journal(BATCH, {"ENG-09": job}))
    room.store = type(room.store)()
    room.installed()
    failed = room.fails(room.context.erp.post_journal(BATCH, {"ENG-09": job}))
    assert isinstance(failed, Refused)
    assert failed.message.endswith("This record already exists.")
    assert len(room.rows("erp", "journalEntry")) == 1


def test_an_answer_without_an_address_is_waited_for(room: Room) -> None:
    room.wire.meets("erp", "PUT", "/customer/", answered(204))
    failed = room.fails(room.context.erp.put_customer(DEAL))
    assert isinstance(failed, Missing)
    assert failed.message == "the ERP named no location of the record"


# -- without agreed keys -----------------------------------------------------------------------------------------------


def test_the_naive_engine_makes_records_without_keys_and_changes_those_it_remembers(opened: Opened) -> None:
    room = opened(NaivePolicy)
    customer, _ = with_project(room)
    assert [row["externalId"] for row in (room.row("erp", "customer"), room.row("erp", "job"))] == [None, None]
    again = room.do(room.context.erp.put_customer(replace(DEAL, client_name="Ferry Lines plc")))
    assert (again, room.row("erp", "customer")["companyName"]) == (customer, "Ferry Lines plc")
    assert room.wire.sent("erp", "PUT") == []


def test_the_naive_engine_posts_a_journal_twice_when_it_forgot(opened: Opened) -> None:
    room = opened(NaivePolicy)
    _, job = with_project(room)
    room.wire.meets("erp", "POST", "/journalEntry", answer_lost)
    room.do(room.context.erp.post_journal(BATCH, {"ENG-09": job}))
    assert len(room.rows("erp", "journalEntry")) == 2
