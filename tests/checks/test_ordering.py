"""The rules O01 to O26: each is broken once, and tells its number and what it is about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.checks.ordering import RULES, TITLES
from sandbox.interface import load_interface
from tests.checks.builders import PENNY, Record, Recorded, Scene, of_eng_02, record

Plant = Callable[[Scene], str]


def card(scene: Scene) -> str:
    """The ERP's line of the analyst's 4 February."""
    return str(scene.time_bill("ENG-01", "W-0016", "2026-02-04")["id"])


def time_key(scene: Scene) -> str:
    return f"time:{scene.case.ref('erp.timeBill', card(scene))}"


def second_project(scene: Scene) -> str:
    first = of_eng_02(scene, "psa.workspace")
    scene.engine_made("psa.workspace", scene.insert("psa.workspace", first))
    return "engagement:ENG-02"


def before_the_project(scene: Scene) -> str:
    scene.the("erp.job", entityId="ENG-01")["startDate"] = "2026-02-05"
    return time_key(scene)


def after_the_project(scene: Scene) -> str:
    scene.the("erp.job", entityId="ENG-01")["projectedEndDate"] = "2026-02-03"
    return time_key(scene)


def not_employed(scene: Scene) -> str:
    worker = scene.the("hris.worker", employee_id="W-0016")["wid"]
    scene.the("hris.event", worker_wid=worker, process="Hire Employee")["effective_date"] = "2026-02-05"
    return time_key(scene)


def rate_of_january(scene: Scene) -> str:
    # 85.00 until January, 88.40 since.
    row = scene.time_bill("ENG-01", "W-0016", "2026-02-04")
    assert row["rate"] == 884_000
    row["rate"] = 850_000
    return time_key(scene)


def older_version(scene: Scene) -> str:
    bill = scene.time_bill("ENG-01", "W-0015", "2026-01-19")
    scene.engine_wrote("erp.timeBill", bill["id"], isBillable=1)
    return f"time:{scene.case.ref('erp.timeBill', bill['id'])}"


def changed_before_created(scene: Scene) -> str:
    bill = scene.time_bill("ENG-01", "W-0016", "2026-01-20")["id"]
    created, billed = scene.effects("erp.timeBill", bill)
    scene.swap(created, billed)
    return f"erp.timeBill:{bill}"


def left_waiting(scene: Scene) -> str:
    scene.truth["pending"] = 1
    return "queue"


def changed_after_the_end(scene: Scene) -> str:
    scene.engine_wrote("erp.timeBill", card(scene), op="delete")
    scene.engine_wrote("erp.timeBill", card(scene), hours=1)
    return f"erp.timeBill:{card(scene)}"


def after_the_run(scene: Scene) -> str:
    row = scene.time_bill("ENG-01", "W-0016", "2026-01-20")
    run = scene.the("revenue.batch", org_code="UK", kind="Revenue", run_period="2026-01")
    row["_created_us"] = run["_created_us"] + 1
    return f"time:{scene.case.ref('erp.timeBill', row['id'])}"


def ledger_first(scene: Scene) -> str:
    period = scene.the("erp.accountingPeriod", startDate="2026-01-01")["id"]
    closed = next(
        each
        for each in scene.commits("erp.accountingPeriod", period)
        if each["phase"] != "warmup" and each["after"]["closed"]
    )
    org = scene.the("revenue.period", org_id=2, name="2026-01")["id"]
    scene.swap(closed, next(each for each in scene.commits("revenue.period", org) if each["phase"] != "warmup"))
    return "period:2026-01"


def march_before_february(scene: Scene) -> str:
    for period in scene.find("revenue.period", name="2026-03"):
        scene.person_wrote("revenue.period", period["id"], status="Closed")
    scene.person_wrote(
        "erp.accountingPeriod", scene.the("erp.accountingPeriod", startDate="2026-03-01")["id"], closed=1
    )
    return "period:2026-03"


def december_opened_again(scene: Scene) -> str:
    scene.person_wrote(
        "erp.accountingPeriod", scene.the("erp.accountingPeriod", startDate="2025-12-01")["id"], closed=0
    )
    return "period:2025-12"


def sheet_left_behind(scene: Scene) -> str:
    email = scene.the("erp.employee", externalId="W-0010")["email"]
    user = scene.the("psa.user", email_address=email)["id"]
    membership = scene.the("psa.account_membership", user_id=user)["id"]
    off = next(each for each in scene.effects("psa.account_membership", membership) if each["after"].get("disabled"))
    sheets = scene.find("psa.timesheet_submission", user_id=user)
    decided = max(
        (each for sheet in sheets for each in scene.commits("psa.timesheet_submission", sheet["id"])),
        key=lambda each: each["seq"],
    )
    scene.swap(off, decided)
    return "worker:W-0010"


def number_skipped(scene: Scene) -> str:
    last = max(
        (row for row in scene.rows("erp.invoice").values() if "UK" in row["tranId"]), key=lambda row: row["tranId"]
    )
    last["tranId"] = "INV-UK-0009"
    return "INV-UK-0009"


def numbers_swapped(scene: Scene) -> str:
    one, two = (scene.the("erp.invoice", tranId=f"INV-UK-000{number}") for number in (1, 2))
    one["tranId"], two["tranId"] = two["tranId"], one["tranId"]
    return "INV-UK-0002"


@pytest.fixture(scope="module")
def lent_run() -> Recorded:
    return record("fx-and-intercompany")


@pytest.fixture(scope="module")
def late_run() -> Recorded:
    return record("late-time-closed-period")


def owed(scene: Scene) -> Record:
    """What New York owes by the document, and not what that is remeasured at."""
    remeasured = {each["id"] for each in scene.rows("erp.transaction").values() if each["type"] == "FxReval"}
    (payable,) = [line for line in scene.ledger("2400") if line["transaction"] not in remeasured]
    return payable


def receiver_in_february(scene: Scene) -> str:
    payable = owed(scene)
    payable["period"] = scene.the("erp.accountingPeriod", startDate="2026-02-01")["id"]
    return "intercompany:IC-IN-US-2026-01"


def receiver_first(scene: Scene) -> str:
    payable = owed(scene)
    payable["_created_us"] -= 1
    return "intercompany:IC-IN-US-2026-01"


def accrual(scene: Scene) -> Record:
    return scene.the("erp.journalEntry", externalId=f"{ACCRUAL}")


def reversal_of(scene: Scene) -> Record:
    return scene.the("erp.journalEntry", id=accrual(scene)["reversalEntry"])


def never_taken_back(scene: Scene) -> str:
    del scene.rows("erp.journalEntry")[reversal_of(scene)["id"]]
    return f"journal:{ACCRUAL}"


def taken_back_twice(scene: Scene) -> str:
    scene.insert("erp.journalEntry", reversal_of(scene))
    return f"journal:{ACCRUAL}"


def taken_back_a_day_later(scene: Scene) -> str:
    reversal_of(scene)["tranDate"] = "2026-02-02"
    return f"journal:{ACCRUAL}"


def taken_back_in_march(scene: Scene) -> str:
    reversal_of(scene)["postingPeriod"] = scene.the("erp.accountingPeriod", startDate="2026-03-01")["id"]
    return f"journal:{ACCRUAL}"


def a_penny_less_is_taken_back(scene: Scene) -> str:
    scene.find("erp.transactionLine", transaction=reversal_of(scene)["id"])[0]["credit"] -= PENNY
    return f"journal:{ACCRUAL}"


def taken_back_after_the_close(scene: Scene) -> str:
    reversal_of(scene)["_created_us"] = scene.truth["end_us"] - 1
    return f"journal:{ACCRUAL}"


ACCRUAL = "ACC-ENG-01-2026-01-US"
# What takes more than six weeks of one office.
CLOSING: list[tuple[str, Plant]] = [
    ("O19", receiver_in_february),
    ("O19", receiver_first),
    ("O21", never_taken_back),
    ("O21", taken_back_twice),
    ("O21", taken_back_a_day_later),
    ("O21", taken_back_in_march),
    ("O21", a_penny_less_is_taken_back),
    ("O21", taken_back_after_the_close),
]


@pytest.mark.parametrize(("number", "plant"), CLOSING, ids=[plant.__name__ for _, plant in CLOSING])
def test_a_broken_rule_of_the_close_is_told_alone(
    lent_run: Recorded, late_run: Recorded, number: str, plant: Plant
) -> None:
    scene = (lent_run if number == "O19" else late_run).scene()
    assert scene.check("ORDER.rules").parts[number]["compared"] > 0
    assert scene.check("ORDER.rules").findings == []
    key = plant(scene)
    assert [(each.flow, each.key) for each in scene.check("ORDER.rules").findings] == [(number, key)]


PLANTS: list[tuple[str, Plant]] = [
    ("O02", second_project),
    ("O03", before_the_project),
    ("O03", after_the_project),
    ("O04", not_employed),
    ("O05", rate_of_january),
    ("O07", older_version),
    ("O08", changed_before_created),
    ("O08", left_waiting),
    ("O09", changed_after_the_end),
    ("O10", after_the_run),
    ("O17", ledger_first),
    ("O20", march_before_february),
    ("O20", december_opened_again),
    ("O22", sheet_left_behind),
    ("O24", number_skipped),
    ("O24", numbers_swapped),
]


@pytest.mark.parametrize(("number", "plant"), PLANTS, ids=[plant.__name__ for _, plant in PLANTS])
def test_a_broken_rule_is_told_by_its_number_and_no_other_is(rough: Scene, number: str, plant: Plant) -> None:
    key = plant(rough)
    findings = rough.check("ORDER.rules").findings
    assert key in {each.key for each in findings if each.flow == number}
    assert {each.flow for each in findings} == {number}
    assert findings[0].title.startswith(f"{number} {TITLES[number]}: ")


def test_every_rule_has_been_seen_to_fail() -> None:
    data = set(load_interface().order)
    # O18 takes a group: test_money_group.
    assert {number for number, _ in (*PLANTS, *CLOSING)} | data | {"O18"} == {*RULES, *data, "O07"}
    assert sorted({*RULES, *data, "O07"}) == [
        "O01", "O02", "O03", "O04", "O05", "O06", "O07", "O08", "O09", "O10", "O14", "O15", "O17", "O18", "O19", "O20",
        "O21", "O22", "O24",
    ]  # fmt: skip


def test_a_good_run_keeps_every_rule_and_says_how_often_it_was_asked(rough: Scene) -> None:
    result = rough.check("ORDER.rules")
    assert result.result == "pass"
    assert sorted(result.parts) == sorted({*RULES, *rough.interface.order, "O07"})
    # Nothing is credited in six weeks (O15), there is no group (O18), nobody is lent (O19) or planned (O21).
    assert {number for number, part in result.parts.items() if not part["compared"]} == {"O15", "O18", "O19", "O21"}


def test_a_rate_that_no_rate_card_has_was_agreed(calm: Scene) -> None:
    calm.time_bill("ENG-01", "W-0016", "2026-02-04")["rate"] += PENNY
    assert calm.check("ORDER.rules").findings == []


def test_what_a_person_reopens_from_the_latest_month_back_is_in_order(calm: Scene) -> None:
    for start in ("2026-01-01", "2025-12-01"):
        period = calm.the("erp.accountingPeriod", startDate=start)["id"]
        calm.person_wrote("erp.accountingPeriod", period, closed=0)
    assert calm.check("ORDER.rules").findings == []
