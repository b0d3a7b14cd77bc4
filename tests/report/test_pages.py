"""Pages of the close: worked out by hand on small runs, and every sum line seen not to come out."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.report.pages import Page, close_pages
from tests.checks.builders import PENNY, Recorded, Scene, record
from tests.report.conftest import Saved
from tests.report.test_html import HOSTILE, page


@pytest.fixture(scope="session")
def long_run() -> Recorded:
    return record("first-thread").without_looks()


@pytest.fixture
def long(long_run: Recorded) -> Scene:
    """Six weeks, two offices, eight engagements."""
    return long_run.scene()


def pages(scene: Scene) -> dict[str, Page]:
    return {each.name: each for each in close_pages(scene.books)}


def rows(scene: Scene, name: str, table: int = 0) -> list[tuple[str, ...]]:
    return list(pages(scene)[name].tables[table].rows)


def test_there_are_nine_pages_and_all_their_sums_come_out(long: Scene) -> None:
    found = pages(long)
    assert list(found) == [
        "wip_roll_forward", "unbilled_by_age", "eac_movement", "missing_time", "contract_positions", "control_totals",
        "manual_journals", "intercompany", "output_tax",
    ]  # fmt: skip
    assert {each.says for whole in found.values() for each in whole.sums if not each.holds} == set()
    assert {name for name, whole in found.items() if not whole.has_content} == {"manual_journals", "intercompany"}


def test_work_in_progress_rolls_forward(long: Scene) -> None:
    mine = [row for row in rows(long, "wip_roll_forward") if row[0] == "ENG-01"]
    assert mine == [
        # 15,675.03 worked less 937.50 given up; then 17,457.97 worked, 15,304.20 billed.
        ("ENG-01", "2026-01", "GBP", "0.00", "15,675.03", "0.00", "-937.50", "0.00", "14,737.53"),
        ("ENG-01", "2026-02", "GBP", "14,737.53", "17,457.97", "-15,304.20", "0.00", "0.00", "16,891.30"),
    ]


def test_time_that_was_moved_to_another_project_is_a_transfer_on_both(long: Scene) -> None:
    card = long.time_bill("ENG-01", "W-0015", "2026-02-10")
    card["customer"] = long.the("erp.job", entityId="ENG-07")["id"]
    moved = {(row[0], row[1]): row[7] for row in rows(long, "wip_roll_forward")}
    # 7.5 h x 130.00.
    assert (moved["ENG-01", "2026-02"], moved["ENG-07", "2026-02"]) == ("-975.00", "975.00")


def test_positions_stand_on_one_account_at_the_end_of_a_month(long: Scene) -> None:
    mine = [row for row in rows(long, "contract_positions") if row[0] in ("ENG-01", "ENG-02")]
    assert mine == [
        ("ENG-01", "2026-01", "GBP", "14,737.53", "0.00", "0.00", "0.00", "14,737.53"),
        ("ENG-01", "2026-02", "GBP", "0.00", "0.00", "-566.67", "15,304.20", "14,737.53"),
        ("ENG-02", "2026-01", "USD", "0.00", "0.00", "-7,170.73", "54,000.00", "46,829.27"),
        ("ENG-02", "2026-02", "USD", "0.00", "0.00", "-70,170.73", "117,000.00", "46,829.27"),
    ]


def test_old_work_stands_in_its_column(tiny: Scene) -> None:
    for card in tiny.rows("erp.timeBill").values():
        card["invoice"] = None
    # 26 to 28 January; the story ends on 16 February, and three months later in another one.
    assert rows(tiny, "unbilled_by_age") == [("ENG-01", "GBP", "1,700.01", "0.00", "0.00", "0.00", "1,700.01")]
    tiny.alter_plan(end_us=tiny.plan.end_us + 35 * 86_400_000_000)
    assert rows(tiny, "unbilled_by_age") == [("ENG-01", "GBP", "0.00", "1,700.01", "0.00", "0.00", "1,700.01")]


def test_an_estimate_that_moves_is_told_with_its_change(long: Scene) -> None:
    found = long.find("revenue.pob_event", so_line_id="ENG-02-L1")
    events = sorted(found, key=lambda row: (row["event_date"], row["position"]))
    events[-1]["total_qty"] = "40000"
    mine = [row[2:] for row in rows(long, "eac_movement") if row[0] == "ENG-02-L1"]
    assert mine == [("-", "-", "36,900"), ("36,900", "3,100", "40,000")]


def test_a_journal_somebody_made_is_listed_with_its_lines(tiny: Scene) -> None:
    journal = tiny.find("erp.journalEntry")[0]
    journal["custbody_preparer"] = "controller@sandbox-consulting.example"
    found = rows(tiny, "manual_journals")
    assert {row[2] for row in found} == {"controller@sandbox-consulting.example"}
    assert len(found) == len(tiny.find("erp.transactionLine", transaction=journal["id"]))


def test_a_journal_that_reverses_itself_is_an_accrual(tiny: Scene) -> None:
    accrual, back = tiny.find("erp.journalEntry")[:2]
    accrual |= {"reversalDate": "2026-02-01", "reversalEntry": back["id"]}
    found = rows(tiny, "missing_time", table=2)
    assert [(row[0], row[4], row[5]) for row in found] == [(accrual["tranId"], "2026-02-01", back["tranId"])]


@pytest.fixture(scope="module")
def late_run() -> Recorded:
    return record("late-time-closed-period")


def test_missing_time_stands_with_its_accrual_and_its_reversal(late_run: Recorded) -> None:
    late = late_run.scene()
    journals = {row["externalId"]: row for row in late.rows("erp.journalEntry").values() if row["externalId"]}
    one, two = (journals[f"ACC-ENG-0{number}-2026-01-US"] for number in (1, 2))
    assert rows(late, "missing_time", table=1) == [
        ("ENG-01", "2026-01", "US", "40:00", "3,600.00", "USD", "7,200.00", "USD", one["tranId"], "engine"),
        ("ENG-02", "2026-01", "US", "32:00", "2,880.00", "USD", "-", "USD", two["tranId"], "engine"),
    ]
    backs = [late.the("erp.journalEntry", id=each["reversalEntry"])["tranId"] for each in (one, two)]
    assert sorted(rows(late, "missing_time", table=2)) == sorted([
        (one["tranId"], "2026-01", "USD", "3,600.00", "2026-02-01", backs[0]),
        (two["tranId"], "2026-01", "USD", "2,880.00", "2026-02-01", backs[1]),
    ])  # fmt: skip
    assert [each.holds for each in pages(late)["missing_time"].sums] == [True] * 3


def test_an_accrual_that_finance_did_not_post_is_told(late_run: Recorded) -> None:
    late = late_run.scene()
    journal = late.the("erp.journalEntry", externalId="ACC-ENG-01-2026-01-US")["id"]
    next(row for row in late.find("erp.transactionLine", transaction=journal) if row["debit"])["debit"] -= PENNY
    wrong = [each for each in pages(late)["missing_time"].sums if not each.holds]
    assert (wrong[0].left, wrong[0].right) == ("6,480.00", "6,479.99")


def test_the_totals_of_a_cut_off_are_control_totals(late_run: Recorded) -> None:
    # 23 + 9 cards of January approved in time; the late ones are February's.
    assert [row[1:] for row in rows(late_run.scene(), "control_totals", table=1)] == [
        ("US", "2026-01", "32", "32", "15360", "15360", "-", "32", "15360"),
        ("US", "2026-02", "9", "9", "4170", "4170", "-", "9", "4170"),
    ]


def test_what_entities_owe_each_other_is_a_matrix(tiny: Scene) -> None:
    line = tiny.ledger("4000")[0]
    tiny.post(line["transaction"], "1200", 500 * 100 * PENNY)
    tiny.post(line["transaction"], "2400", -400 * 100 * PENNY)
    assert rows(tiny, "intercompany")[0][3:] == ("500.00", "-400.00", "0.00", "0.00")
    (owed,) = pages(tiny)["intercompany"].sums
    assert (owed.left, owed.right, owed.holds) == ("500.00", "400.00", False)


# -- seen not to come out ----------------------------------------------------------------------------------------------


def an_invoice_net(scene: Scene) -> None:
    scene.invoice("ENG-01 2026-01")["subtotal"] += PENNY


def a_penny_of_revenue(scene: Scene) -> None:
    scene.ledger("4000")[0]["credit"] += PENNY


def a_card_less(scene: Scene) -> None:
    scene.remove("erp.timeBill", scene.time_bill("ENG-01", "W-0015", "2026-02-10"))


def a_penny_of_tax(scene: Scene) -> None:
    scene.invoice("ENG-01 2026-01")["taxTotal"] += PENNY


def an_estimate_nobody_agreed_to(scene: Scene) -> None:
    for event in scene.find("revenue.pob_event", so_line_id="ENG-02-L1"):
        event["total_qty"] = "40000"


def a_lame_journal(scene: Scene) -> None:
    journal = scene.find("erp.journalEntry")[0]
    journal["custbody_preparer"] = "controller"
    next(row for row in scene.find("erp.transactionLine", transaction=journal["id"]) if row["debit"])["debit"] += PENNY


def an_accrual_that_stays(scene: Scene) -> None:
    scene.find("erp.journalEntry")[0]["reversalDate"] = "2026-02-01"


PLANTED: list[tuple[str, Callable[[Scene], None]]] = [
    ("wip_roll_forward", an_invoice_net),
    ("unbilled_by_age", an_invoice_net),
    ("contract_positions", a_penny_of_revenue),
    ("eac_movement", an_estimate_nobody_agreed_to),
    ("control_totals", a_card_less),
    ("missing_time", a_card_less),
    ("missing_time", an_accrual_that_stays),
    ("manual_journals", a_lame_journal),
    ("output_tax", a_penny_of_tax),
]


@pytest.mark.parametrize(("name", "plant"), PLANTED)
def test_a_sum_that_does_not_come_out_says_so(long: Scene, name: str, plant: Callable[[Scene], None]) -> None:
    plant(long)
    assert any(not each.holds for each in pages(long)[name].sums)
    assert "is not" in page(long)


# -- on the page -------------------------------------------------------------------------------------------------------


def test_a_page_without_content_says_so_and_every_page_is_there(tiny: Scene) -> None:
    text = page(tiny)
    for whole in pages(tiny).values():
        assert f"<h3>{whole.title}</h3>" in text
    assert "Nobody made a journal by hand." in text
    assert "No entity worked for another." in text


def test_all_business_figures_stand_on_the_page_and_say_how_often_they_were_told(good: Saved) -> None:
    text = (good.path / "report.html").read_text(encoding="utf-8")
    for name in good.json("verdict.json")["figures"]:
        assert f"<td>{name.replace('_', ' ')}</td>" in text
    assert text.count("measured from the history</td>") == 3
    assert text.count("<td>twice</td>") == 17


def test_what_a_page_is_told_is_escaped(tiny: Scene) -> None:
    tiny.find("erp.journalEntry")[0] |= {"custbody_preparer": HOSTILE, "memo": HOSTILE}
    assert HOSTILE not in page(tiny)


def test_a_browser_shows_the_pages(good: Saved, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("there is no chromium to look with")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--dump-dom"]
    address = (good.path / "report.html").resolve().as_uri()
    shown = subprocess.run([*command, address], capture_output=True, text=True, timeout=60, check=True)
    assert "Work in progress" in shown.stdout
    assert "Output tax" in shown.stdout
