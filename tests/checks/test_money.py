"""Every identity of money is seen to fail: one minor unit or one minute, planted in one place at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from sandbox.checks.money import IDENTITIES
from sandbox.plan import Deed
from tests.checks.builders import PENNY, Record, Recorded, Scene, gaps, only

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


def on_schedule(scene: Scene) -> None:
    contract = scene.the("revenue.rc", so_num="ENG-01")["id"]
    add(scene.the("revenue.schedule", rc_id=contract, period="2026-01"), "accounted")


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


CARD, LINE = "W-0016 2026-02-04 ENG-01", "W-0016 2026-01-20 ENG-01"

PLANTS = (
    Plant("the invoice's total", on_invoice("total"), {
        "I12": {"{number} total": "0.01 GBP", "{number} copy": "-0.01 GBP"},
    }),
    Plant("the invoice's total, one less", on_invoice("total", -PENNY), {
        "I12": {"{number} total": "-0.01 GBP", "{number} copy": "0.01 GBP"},
    }),
    Plant("the invoice's tax", on_invoice("taxTotal"), {
        "I12": {"{number} total": "-0.01 GBP", "{number} tax": "0.01 GBP"},
    }),
    Plant("the invoice's net", on_invoice("subtotal"), {
        "I12": {"{number} total": "-0.01 GBP", "{number} lines": "-0.01 GBP"},
    }),
    Plant("what is open on the invoice", on_invoice("amountRemaining"), {"I03": {"GBP CL-ENG-01": "-0.01 GBP"}}),
    Plant("the pre-bill's net", on_pre_bill("subtotal"), {"I11": {"ENG-01 ENG-01-L1": "-0.01 GBP"}}),
    Plant("the pre-bill's copy of the total", on_pre_bill("total"), {"I12": {"{number} copy": "0.01 GBP"}}),
    Plant("an invoice line of time", lambda scene: add(january_line(scene), "amount"), {
        "I09": {LINE: "0.01 GBP"},
        "I11": {"ENG-01 ENG-01-L1": "0.01 GBP"},
        "I12": {"{number} lines": "0.01 GBP"},
    }),
    # 401/60 x 88.40 = 590.806..., 1.48 more than 589.33.
    Plant("a minute of a time line", on_time("hours", 1), {"I05": {CARD: "1 min"}, "I09": {CARD: "1.48 GBP"}}),
    # 400/60 x 88.4015 = 589.343...
    Plant("the rate of a time line", on_time("rate", 15), {"I09": {CARD: "0.01 GBP"}}),
    # The deed: 451/60 x 64.40 = 484.073 against 483.00, 451/60 x 130.00 = 977.167 against 975.00.
    Plant("a minute of an approved timecard", on_deed, {
        "I05": {"W-0015 2026-02-04 ENG-01": "-1 min"},
        "I07": {"ENG-01 2026-02": "-1.07 GBP"},
        "I09": {"W-0015 2026-02-04 ENG-01": "-2.17 GBP"},
    }),
    Plant("a debit of labour", on_ledger("5000", "debit", "ENG-01"), {
        "I01": {"transaction": "0.01 GBP"}, "I07": {"ENG-01 2026-01": "0.01 GBP"},
    }),
    Plant("a credit of absorbed cost", on_ledger("6090", "credit", "ENG-01"), {"I01": {"transaction": "-0.01 GBP"}}),
    Plant("a debit of receivables", on_ledger("1100", "debit", "ENG-01"), {
        "I01": {"transaction": "0.01 GBP"}, "I03": {"GBP CL-ENG-01": "0.01 GBP"},
    }),
    Plant("a credit of output tax", on_ledger("2300", "credit"), {"I01": {"transaction": "-0.01 GBP"}}),
    Plant("a credit of revenue", on_ledger("4000", "credit", "ENG-01"), {
        "I01": {"transaction": "-0.01 GBP"}, "I16": {"ENG-01 2026-01": "0.01 GBP"},
    }),
    Plant("a debit of the contract position", on_ledger("2100", "debit", "ENG-01"), {
        "I01": {"transaction": "0.01 GBP"},
        "I17": {"ENG-01 2026-01": "-0.01 GBP", "ENG-01 2026-02": "-0.01 GBP"},
    }),
    Plant("a debit of unbilled receivables", on_ledger("1105", "debit", "ENG-01"), {
        "I01": {"transaction": "0.01 GBP"},
        "I17": {"ENG-01 2026-01": "-0.01 GBP", "ENG-01 2026-02": "-0.01 GBP"},
    }),
    Plant("a debit of the bank", on_ledger("1000", "debit"), {
        "I01": {"transaction": "0.01 GBP"}, "I24": {"UK": "0.01 GBP"},
    }),
    Plant("a bank line", of_bank_line("erp.bankStatementLine", "amount", "lineId"), {"I24": {"UK": "-0.01 GBP"}}),
    Plant("a payment", of_bank_line("erp.customerPayment", "payment"), {"I24": {"UK receipts": "0.01 GBP"}}),
    Plant("what a payment applied", of_bank_line("erp.customerPayment", "applied"), {
        "I24": {"UK receipts": "-0.01 GBP"},
    }),
    Plant("what an invoice was paid", on_application, {"I24": {"ENG-01": "0.01 GBP"}}),
    Plant("the revenue subledger", on_schedule, {"I16": {"ENG-01 2026-01": "-0.01 GBP"}}),
)  # fmt: skip


def shortened(key: str, number: str) -> str:
    """Keys without what the seed decides: ids of transactions and time entries, numbers of invoices."""
    card, _, _ = key.partition(" (time ")
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
    assert sorted(seen) == ["I01", "I03", "I05", "I07", "I09", "I11", "I12", "I16", "I17", "I24"]
    assert sorted(named.number for named in IDENTITIES) == sorted(seen)


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
        "I01": 3, "I03": 0, "I05": 0, "I07": 3, "I09": 3, "I11": 3, "I12": 3, "I16": 3, "I17": 0, "I24": 0,
    }  # fmt: skip
    compared = {number: part["compared"] for number, part in result.parts.items()}
    # One transaction of time, one invoice, one payment, revenue, netting and its reversal; three cards; one invoice
    # with lines, total, tax and copy; two months and one asset-or-liability of the closed one.
    assert compared == {
        "I01": 6, "I03": 1, "I05": 3, "I07": 1, "I09": 3, "I11": 2, "I12": 4, "I16": 2, "I17": 3, "I24": 3,
    }  # fmt: skip
    assert result.compared == 28


def test_a_lost_answer_to_a_created_payment_is_a_hazard_of_receivables_and_bank(tiny_run: Recorded) -> None:
    scene = tiny_run.scene()
    payment = only_row(scene, "erp.customerPayment")
    before = scene.money()
    scene.strike("W04#1", "W04", scene.effects("erp.customerPayment", payment)[0]["rq"])
    after = scene.money()
    assert after.exercised == before.exercised + 1
    raised = {number for number, part in after.parts.items() if part["exercised"] > before.parts[number]["exercised"]}
    assert raised == {"I01", "I03", "I24"}


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
