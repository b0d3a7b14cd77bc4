"""Every identity of money is seen to fail: one minor unit or one minute, planted in one place at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from sandbox.checks.money import IDENTITIES
from sandbox.firm.planning import make_plan
from sandbox.firm.scenarios import load_scenario
from sandbox.interface import load_interface
from sandbox.plan import Deed, Instalment
from tests.checks.builders import PENNY, Record, Recorded, Scene, gaps, of_eng_02, only, record_plan

BILL = "ENG-01 2026-01"


@dataclass(frozen=True)
class Plant:
    """What is changed, and identity -> key -> difference that must be told. ``{number}`` is the invoice's number."""

    what: str
    plant: Callable[[Scene], None]
    red: dict[str, dict[str, str]] = field(default_factory=dict)


def add(row: Record, column: str, amount: int = PENNY) -> None:
    row[column] = (row[column] or 0) + amount


def on_invoice(column: str, amount: int = PENNY) -> Callable[[Scene], None]:
    return lambda scene: add(scene.invoice(BILL), column, amount)


def on_pre_bill(column: str) -> Callable[[Scene], None]:
    return lambda scene: add(scene.the("psa.invoice", user_invoice_title=BILL), column)


def january_line(scene: Scene) -> Record:
    """The invoice line of the analyst's 20 January: 6:40 h x 85.00 = 566.67."""
    bill = scene.time_bill("ENG-01", "W-0016", "2026-01-20")
    return scene.the("erp.invoiceLine", doc=bill["id"])


def on_time(column: str, amount: int) -> Callable[[Scene], None]:
    """The analyst's 4 February, not billed yet: 6:40 h x 88.40 = 589.33."""
    return lambda scene: add(scene.time_bill("ENG-01", "W-0016", "2026-02-04"), column, amount)


def on_ledger(account: str, column: str, code: str | None = None) -> Callable[[Scene], None]:
    """The first line of an account in the United Kingdom, of an engagement when it has one."""

    def plant(scene: Scene) -> None:
        job = scene.the("erp.job", entityId=code)["id"] if code else None
        found = scene.ledger(account, subsidiary=scene.the("erp.subsidiary", externalId="UK")["id"])
        lines = [line for line in found if line[column] and (job is None or line["job"] == job)]
        add(min(lines, key=lambda line: (line["date"], line["id"])), column)

    return plant


def of_bank_line(name: str, column: str, key: str = "checkNum") -> Callable[[Scene], None]:
    return lambda scene: add(scene.the(name, **{key: "BL-ENG-01-2026-01"}), column)


def on_application(scene: Scene) -> None:
    add(scene.the("erp.paymentApplication", invoice=scene.invoice(BILL)["id"]), "amount")


def release(schedule: Record, amount: int = PENNY) -> None:
    """A cent more, in the contract's currency and the entity's."""
    add(schedule, "amount", amount)
    add(schedule, "accounted", amount)


def on_schedule(scene: Scene) -> None:
    contract = scene.the("revenue.rc", so_num="ENG-01")["id"]
    release(scene.the("revenue.schedule", rc_id=contract, period="2026-01"))


def on_deed(scene: Scene) -> None:
    """The senior consultant booked 451 minutes on 4 February, and approved they were."""
    scene.alter_plan(deeds=tuple(_with_minute(deed) for deed in scene.plan.deeds))


def _with_minute(deed: Deed) -> Deed:
    if deed.verb != "book":
        return deed
    sheets = [
        {**sheet, "bookings": [
            {**booking, "minutes": booking["minutes"] + (booking["ref"] == "W-0015 2026-02-04 ENG-01")}
            for booking in sheet["bookings"]
        ]}
        for sheet in deed.args["sheets"]
    ]  # fmt: skip
    return deed.model_copy(update={"args": {"sheets": sheets}})


def in_march(scene: Scene) -> None:
    march = scene.the("erp.accountingPeriod", startDate="2026-03-01")["id"]
    scene.rows("erp.transaction")[scene.invoice(BILL)["id"]]["postingPeriod"] = march


def first_line(scene: Scene, account: str, month: str = "2026-01") -> Record:
    """The smallest line of an account in a month that is about ENG-01."""
    job = scene.the("erp.job", entityId="ENG-01")["id"]
    period = scene.the("erp.accountingPeriod", startDate=f"{month}-01")["id"]
    found = scene.ledger(account, job=job, period=period)
    return min(found, key=lambda line: (line["debit"] + line["credit"], line["id"]))


def on_another_account(account: str, other: str, month: str) -> Callable[[Scene], None]:
    def plant(scene: Scene) -> None:
        first_line(scene, account, month)["account"] = scene.the("erp.account", acctNumber=other)["id"]

    return plant


def entry_of(scene: Scene, employee: str, on: str) -> Record:
    email = scene.the("erp.employee", externalId=employee)["email"]
    user = scene.the("psa.user", email_address=email)["id"]
    return scene.the("psa.time_entry", user_id=user, date_performed=on)


def on_entry_rate(scene: Scene) -> None:
    """The analyst's 20 January: 400/60 x 85.0015 = 566.677 against 566.67."""
    add(entry_of(scene, "W-0016", "2026-01-20"), "rate", 15)


def on_price(scene: Scene) -> None:
    add(of_eng_02(scene, "psa.workspace"), "price")


def on_budget(scene: Scene) -> None:
    add(scene.the("crm.OpportunityLineItem", Contract_Line_Code__c="ENG-02-L1"), "Budget_Hours__c", 10_000)


def on_netting(scene: Scene) -> None:
    contract = scene.the("revenue.rc", so_num="ENG-01")["id"]
    add(scene.the("revenue.netting", rc_id=contract), "accounted_unbilled")


def on_signed_value(scene: Scene) -> None:
    add(of_eng_02(scene, "crm.Opportunity"), "Amount")


def on_job_price(scene: Scene) -> None:
    add(of_eng_02(scene, "erp.job"), "jobPrice")


def untold_payment(scene: Scene) -> None:
    scene.remove("psa.external_payment", scene.the("psa.external_payment", notes="bank line BL-ENG-01-2026-01"))


def on_source(scene: Scene) -> None:
    first_line(scene, "5000")["sourceId"] = "PSA-T-1"


def after_the_close(scene: Scene) -> None:
    (closed,) = scene.find("erp.periodLog", action="close")
    first_line(scene, "5000")["_modified_us"] = closed["done_us"] + 1


def last_invoice(scene: Scene) -> Record:
    return max(
        (row for row in scene.rows("erp.invoice").values() if "UK" in row["tranId"]), key=lambda row: row["sequence"]
    )


def one_number_on(scene: Scene) -> None:
    last_invoice(scene)["tranId"] = "INV-UK-0005"


def same_number(scene: Scene) -> None:
    scene.the("erp.invoice", tranId="INV-UK-0001")["tranId"] = "INV-UK-0002"


def switched_off(scene: Scene) -> None:
    email = scene.the("erp.employee", externalId="W-0016")["email"]
    scene.the("psa.account_membership", user_id=scene.the("psa.user", email_address=email)["id"])["disabled"] = 1


def unpriced(scene: Scene) -> None:
    """From the day after the story on, so that nobody's hours are counted elsewhere."""
    hired = scene.the("hris.event", worker_wid=scene.the("hris.worker", employee_id="W-0016")["wid"])
    scene.insert("hris.event", hired, process="Change Job", effective_date="2026-02-24", grade="juggler")


CARD, LINE = "W-0016 2026-02-04 ENG-01", "W-0016 2026-01-20 ENG-01"

PLANTS = (
    Plant("the invoice's total", on_invoice("total"), {
        "I12": {"{number} total": "0.01 GBP", "{number} copy": "-0.01 GBP"},
    }),
    Plant("the invoice's total, one less", on_invoice("total", -PENNY), {
        "I12": {"{number} total": "-0.01 GBP", "{number} copy": "0.01 GBP"},
    }),
    Plant("the invoice's tax", on_invoice("taxTotal"), {
        "I12": {"{number} total": "-0.01 GBP", "{number} tax": "0.01 GBP"}, "I26": {"UK 2026-02": "-0.01 GBP"},
    }),
    Plant("the invoice's net", on_invoice("subtotal"), {
        "I12": {"{number} total": "-0.01 GBP", "{number} lines": "-0.01 GBP"},
        "I18": {"ENG-01 2026-02 2100": "0.01 GBP"},
    }),
    Plant("what is open on the invoice", on_invoice("amountRemaining"), {"I03": {"GBP CL-ENG-01": "-0.01 GBP"}}),
    Plant("the pre-bill's net", on_pre_bill("subtotal"), {
        "I09": {"draft ENG-01 2026-01": "0.01 GBP"},
        "I11": {"ENG-01 ENG-01-L1": "-0.01 GBP"},
    }),
    Plant("the pre-bill's copy of the total", on_pre_bill("total"), {"I12": {"{number} copy": "0.01 GBP"}}),
    Plant("an invoice line of time", lambda scene: add(january_line(scene), "amount"), {
        "I09": {LINE: "0.01 GBP"},
        "I11": {"ENG-01 ENG-01-L1": "0.01 GBP"},
        "I12": {"{number} lines": "0.01 GBP"},
    }),
    # 401/60 x 88.40 = 590.806..., 1.48 more than 589.33.
    Plant("a minute of a time line", on_time("hours", 1), {
        "I05": {CARD: "1 min"}, "I09": {CARD: "1.48 GBP"}, "I38": {"ENG-01": "1 min"},
        "I30": {"UK 2026-02 billable": "-1 min"},
    }),
    # 400/60 x 88.4015 = 589.343...
    Plant("the rate of a time line", on_time("rate", 15), {"I09": {CARD: "0.01 GBP"}}),
    # The deed: 451/60 x 64.40 = 484.073 against 483.00, 451/60 x 130.00 = 977.167 against 975.00.
    Plant("a minute of an approved timecard", on_deed, {
        "I05": {"W-0015 2026-02-04 ENG-01": "-1 min"},
        "I07": {"ENG-01 2026-02": "-1.07 GBP"},
        "I09": {"W-0015 2026-02-04 ENG-01": "-2.17 GBP"},
        "I38": {"ENG-01": "-1 min"},
        "I30": {"UK senior consultant 2026-02 billable": "-1 min"},
    }),
    Plant("a debit of labour", on_ledger("5000", "debit", "ENG-01"), {
        "I01": {"transaction": "0.01 GBP"}, "I02": {"UK 2026-01": "0.01 GBP"}, "I07": {"ENG-01 2026-01": "0.01 GBP"},
        "I08": {"UK 2026-01": "-0.01 GBP"},
    }),
    Plant("a credit of absorbed cost", on_ledger("6090", "credit", "ENG-01"), {
        "I01": {"transaction": "-0.01 GBP"}, "I02": {"UK 2026-01": "-0.01 GBP"}, "I08": {"UK 2026-01": "0.01 GBP"},
    }),
    Plant("a debit of receivables", on_ledger("1100", "debit", "ENG-01"), {
        "I01": {"transaction": "0.01 GBP"}, "I02": {"UK 2026-02": "0.01 GBP"}, "I03": {"GBP CL-ENG-01": "0.01 GBP"},
    }),
    Plant("a credit of output tax", on_ledger("2300", "credit"), {
        "I01": {"transaction": "-0.01 GBP"}, "I02": {"UK 2026-01": "-0.01 GBP"}, "I26": {"UK 2026-01": "0.01 GBP"},
    }),
    Plant("a credit of revenue", on_ledger("4000", "credit", "ENG-01"), {
        "I01": {"transaction": "-0.01 GBP"}, "I02": {"UK 2026-01": "-0.01 GBP"}, "I16": {"ENG-01 2026-01": "0.01 GBP"},
    }),
    Plant("a debit of the contract position", on_ledger("2100", "debit", "ENG-01"), {
        "I01": {"transaction": "0.01 GBP"}, "I02": {"UK 2026-01": "0.01 GBP"},
        "I17": {"ENG-01 2026-01": "-0.01 GBP", "ENG-01 2026-02": "-0.01 GBP"},
        "I18": {"ENG-01 2026-01 2100": "0.01 GBP"},
    }),
    Plant("a debit of unbilled receivables", on_ledger("1105", "debit", "ENG-01"), {
        "I01": {"transaction": "0.01 GBP"}, "I02": {"UK 2026-01": "0.01 GBP"},
        "I10": {"ENG-01 2026-01": "0.01 GBP"},
        "I17": {"ENG-01 2026-01": "-0.01 GBP", "ENG-01 2026-02": "-0.01 GBP"},
        "I18": {"ENG-01 2026-01 1105": "0.01 GBP"},
    }),
    Plant("a debit of the bank", on_ledger("1000", "debit"), {
        "I01": {"transaction": "0.01 GBP"}, "I02": {"UK 2026-02": "0.01 GBP"}, "I24": {"UK": "0.01 GBP"},
    }),
    Plant("a bank line", of_bank_line("erp.bankStatementLine", "amount", "lineId"), {"I24": {"UK": "-0.01 GBP"}}),
    Plant("a payment", of_bank_line("erp.customerPayment", "payment"), {"I24": {"UK receipts": "0.01 GBP"}}),
    Plant("what a payment applied", of_bank_line("erp.customerPayment", "applied"), {
        "I24": {"UK receipts": "-0.01 GBP"},
    }),
    Plant("what an invoice was paid", on_application, {"I24": {"ENG-01": "0.01 GBP"}}),
    Plant("the revenue subledger", on_schedule, {
        "I16": {"ENG-01 2026-01": "-0.01 GBP"}, "I18": {"ENG-01 2026-01 2100": "-0.01 GBP"},
        "I22": {"ENG-01-L1-2026-01": "0.01 GBP"},
    }),
    # Debit and credit of 15,304.20 + 3,060.84.
    Plant("the month of an invoice's document", in_march, {
        "I02": {"UK 2026-02 moved": "36,730.08 GBP", "UK 2026-03 moved": "-36,730.08 GBP"},
    }),
    # The smallest cards of January are the analyst's: 6:40 h x 42.50.
    Plant("the account labour was absorbed by", on_another_account("6090", "6000", "2026-01"), {
        "I08": {"UK 2026-01": "-283.33 GBP"},
    }),
    Plant("the rate of a January entry of the PSA", on_entry_rate, {"I10": {"ENG-01 2026-01": "-0.01 GBP"}}),
    Plant("the price of the PSA", on_price, {"I14": {"ENG-02": "0.01 USD"}}),
    # 9,600 of 36,960 minutes instead of 36,900: 46,753.25 due, 46,829.27 there.
    Plant("an hour of the budget in the CRM", on_budget, {"I15": {"ENG-02-L1 2026-01": "76.02 USD"}}),
    Plant("what was netted", on_netting, {
        "I18": {
            "ENG-01 2026-01 1105": "-0.01 GBP", "ENG-01 2026-01 2100": "0.01 GBP",
            "ENG-01 2026-02 1105": "0.01 GBP", "ENG-01 2026-02 2100": "-0.01 GBP",
        },
    }),
    Plant("the signed value in the CRM", on_signed_value, {"I20": {"ENG-02": "-0.01 USD"}}),
    Plant("the price of the ERP project", on_job_price, {"I22": {"ENG-02": "-0.01 USD"}}),
    Plant("the account of output tax", on_another_account("2300", "2310", "2026-02"), {
        "I26": {"UK 2026-02": "-3,060.84 GBP"}, "I04": {"UK 2026-02": "3,060.84 GBP"},
    }),
    Plant("a payment nobody told the PSA of", untold_payment, {"I31": {"cash.status": "1 facts"}}),
    Plant("what a posting says it is about", on_source, {
        "I32": {"labour {time}": "-1 postings", "labour PSA-T-1": "1 postings"},
    }),
    Plant("the instant of a posting", after_the_close, {"I33": {"UK 2026-01": "283.33 GBP"}}),
    Plant("the number of the last invoice", one_number_on, {"I34": {"INV-UK gaps": "-1 numbers"}}),
    Plant("a number used twice", same_number, {
        "I34": {"INV-UK gaps": "-1 numbers", "INV-UK twice": "1 documents"},
    }),
    Plant("a user switched off", switched_off, {"I35": {"UK": "1 workers"}}),
    Plant("a grade nobody has a cost rate for", unpriced, {"I35": {"UK cost rates": "1 workers"}}),
    Plant("a minute of an invoice line", lambda scene: add(january_line(scene), "hours", 1), {
        "I38": {"ENG-01": "1 min"},
    }),
)  # fmt: skip


def shortened(key: str, number: str) -> str:
    """Keys without what the seed decides: ids of transactions and time entries, numbers of invoices."""
    card, _, _ = key.partition(" (time ")
    if re.fullmatch(r"labour \d+", key):
        return "labour {time}"
    return "transaction" if key.startswith("transaction ") else card.replace(number, "{number}")


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.what)
def test_one_minor_unit_in_one_place_breaks_exactly_the_identities_about_it(calm: Scene, plant: Plant) -> None:
    number = calm.invoice(BILL)["tranId"]
    plant.plant(calm)
    told = {
        identity: {shortened(key, number): gap for key, gap in keys.items()}
        for identity, keys in gaps(calm.money()).items()
    }
    assert told == {identity: {key: {gap} for key, gap in keys.items()} for identity, keys in plant.red.items()}


def test_every_identity_has_been_seen_to_fail() -> None:
    seen = {identity for plant in PLANTS for identity in plant.red}
    assert sorted(named.number for named in IDENTITIES) == sorted(
        seen | {"I06", "I13", "I19", "I23", "I25", "I27", "I28", "I29"}
    )
    assert len(IDENTITIES) == 35


@pytest.fixture(scope="module")
def complete_run() -> Recorded:
    """The shortest thread as a fixed fee of 5,000.00 for the 1,200 minutes that are worked, all billed at once."""
    scenario, firm = load_scenario("tiny-thread")
    (one,) = scenario.scripted
    fee = Instalment(on=date(2026, 1, 26), amount=Decimal("5000.00"))
    fixed = one.model_copy(update={"kind": "fixed_fee", "budget_minutes": 1200, "instalments": (fee,)})
    scenario = scenario.model_copy(update={"scripted": (fixed,), "expectations": {}})
    return record_plan(make_plan(scenario, firm, 3, profile="none"), load_interface())


def test_a_complete_fixed_fee_has_earned_its_price_and_holds_no_position(complete_run: Recorded) -> None:
    assert complete_run.scene().money().parts["I19"]["compared"] == 2
    assert gaps(complete_run.scene().money()) == {}
    scene = complete_run.scene()
    (schedule,) = scene.rows("revenue.schedule").values()
    release(schedule, -PENNY)
    assert gaps(scene.money())["I19"] == {"ENG-01 revenue": {"-0.01 GBP"}}
    scene = complete_run.scene()
    add(min(scene.ledger("2100"), key=lambda line: line["debit"]), "credit")
    assert gaps(scene.money())["I19"] == {"ENG-01 position": {"0.01 GBP"}}


def test_a_fixed_fee_that_was_invoiced_above_its_price_or_released_above_its_obligation(complete_run: Recorded) -> None:
    scene = complete_run.scene()
    (invoice,) = scene.rows("erp.invoice").values()
    add(invoice, "subtotal")
    assert gaps(scene.money())["I14"] == {"ENG-01 ahead": {"0.01 GBP"}}
    scene = complete_run.scene()
    (schedule,) = scene.rows("revenue.schedule").values()
    release(schedule)
    assert gaps(scene.money())["I22"] == {"ENG-01-L1": {"0.01 GBP"}}


def test_what_was_not_touched_holds_with_and_without_faults(calm: Scene, rough: Scene) -> None:
    assert calm.money().result == "pass"
    assert rough.money().result == "pass"


def test_a_finding_tells_both_sides_the_difference_and_the_currency(calm: Scene) -> None:
    invoice = calm.invoice(BILL)
    invoice["amountRemaining"] += PENNY
    finding = only(calm.money().findings)
    assert (finding.check, finding.severity, finding.flow, finding.key) == (
        "MONEY.identity",
        "S1",
        "I03",
        "GBP CL-ENG-01",
    )
    assert finding.title == "I03 receivables are the open invoices, per customer: GBP CL-ENG-01 differs by -0.01 GBP"
    assert finding.let == ("ledger 1100 = 0.00 GBP", "open invoices = 0.01 GBP")
    assert finding.then == "I03 does not hold: difference -0.01 GBP"
    assert (finding.delta, finding.currency) == (-1, "GBP")


def test_a_difference_of_minutes_is_no_amount(calm: Scene) -> None:
    on_time("hours", 1)(calm)
    finding = next(each for each in calm.money().findings if each.flow == "I05")
    assert (finding.delta, finding.currency) == (0, "")
    assert finding.let == ("hours in the ERP = 401 min", "approved hours by deeds = 400 min")


def test_a_difference_names_at_most_eight_lines_of_the_smallest_group(calm: Scene) -> None:
    on_ledger("5000", "debit", "ENG-01")(calm)
    finding = next(each for each in calm.money().findings if each.flow == "I01")
    assert len(finding.let) == 10
    assert finding.let[0].startswith("debit = ")


def test_parts_say_how_much_was_compared_and_which_hazards_were_met(tiny: Scene) -> None:
    result = tiny.money()
    # Three cards of 6:40 h x 85.00 are rounded; nothing is late, nothing was written off, no fault struck.
    assert result.exercised == 3
    met = {number: part["exercised"] for number, part in result.parts.items()}
    assert met == {
        "I01": 3, "I02": 3, "I03": 0, "I04": 0, "I05": 0, "I06": 0, "I07": 3, "I08": 3, "I09": 3, "I10": 3, "I11": 3,
        "I12": 3, "I13": 0, "I14": 0, "I15": 0, "I16": 3, "I17": 0, "I18": 0, "I19": 0, "I20": 0, "I22": 3, "I23": 0,
        "I24": 0, "I25": 0, "I26": 3, "I27": 0, "I28": 0, "I29": 0, "I30": 0, "I31": 0,
        "I32": 0, "I33": 0, "I34": 0, "I35": 0, "I38": 0,
    }  # fmt: skip
    compared = {number: part["compared"] for number, part in result.parts.items()}
    # One transaction of time, one invoice, one payment, revenue, netting and its reversal; three cards; one invoice
    # with lines, total, tax and copy, drafted and split as its pre-bill; two months and one asset-or-liability of the
    # closed one; six kinds of facts; three cards and two lines each of revenue, netting and reversal are posted;
    # nothing is a fixed fee.
    assert compared == {
        "I01": 6, "I02": 4, "I03": 1, "I04": 0, "I05": 3, "I06": 1, "I07": 1, "I08": 1, "I09": 5, "I10": 1, "I11": 2,
        "I12": 4, "I13": 0, "I14": 0, "I15": 0, "I16": 2, "I17": 3, "I18": 2, "I19": 0, "I20": 0, "I22": 1, "I23": 0,
        "I24": 3, "I25": 0, "I26": 1, "I27": 0, "I28": 0, "I29": 0, "I30": 8, "I31": 6,
        "I32": 9, "I33": 1, "I34": 2, "I35": 3, "I38": 1,
    }  # fmt: skip
    assert result.compared == 71


def test_a_lost_answer_to_a_created_payment_is_a_hazard_of_receivables_and_bank(tiny_run: Recorded) -> None:
    scene = tiny_run.scene()
    payment = only_row(scene, "erp.customerPayment")
    before = scene.money()
    scene.strike("W04#1", "W04", scene.effects("erp.customerPayment", payment)[0]["rq"])
    after = scene.money()
    assert after.exercised == before.exercised + 1
    raised = {number for number, part in after.parts.items() if part["exercised"] > before.parts[number]["exercised"]}
    assert raised == {"I01", "I02", "I03", "I24", "I31"}


def test_a_failure_after_a_created_invoice_is_a_hazard_and_a_slow_answer_is_none(tiny_run: Recorded) -> None:
    scene = tiny_run.scene()
    rq = scene.effects("erp.invoice", only_row(scene, "erp.invoice"))[0]["rq"]
    scene.strike("W02#1", "W02", rq)
    assert scene.money().exercised == 3
    scene.strike("M05#1", "M05", rq)
    result = scene.money()
    assert result.exercised == 4
    assert result.parts["I11"]["exercised"] == 4
    assert result.parts["I05"]["exercised"] == 0


def test_a_part_that_compared_nothing_met_no_hazard(tiny: Scene) -> None:
    tiny.rows("erp.transactionLine").clear()
    assert tiny.money().parts["I01"] == {"compared": 0, "exercised": 0}


def only_row(scene: Scene, name: str) -> str:
    (record_id,) = scene.rows(name)
    return record_id


def test_only_a_number_that_is_used_twice_is_named(calm: Scene) -> None:
    same_number(calm)
    told = str([finding.as_json() for finding in calm.money().findings])
    assert "is used 2 times" in told
    assert "is used 1 times" not in told
