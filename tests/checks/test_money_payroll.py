"""The payroll part of I08, and the flows of payroll: one minor unit, one line or one minute out of place is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.builders import PENNY, Record, Recorded, Scene, gaps, record

JOURNAL = "PAY-UK-2026-02-03-2026-01"


@pytest.fixture(scope="module")
def paid_run() -> Recorded:
    return record("payroll-crossing-month")


@pytest.fixture
def paid(paid_run: Recorded) -> Scene:
    return paid_run.scene()


def posted(scene: Scene, account: str) -> Record:
    """The line of the first month's journal on an account."""
    journal = scene.id_of("erp.journalEntry", scene.the("erp.journalEntry", externalId=JOURNAL))
    (line,) = scene.ledger(account, transaction=journal)
    return line


def on_salaries(scene: Scene) -> None:
    posted(scene, "6000")["debit"] += PENNY


def on_provider(scene: Scene) -> None:
    scene.the("files.payroll_journal_line", account="6000", debit=71_234_500)["debit"] += PENNY


def in_another_month(scene: Scene) -> None:
    february = scene.the("erp.accountingPeriod", startDate="2026-02-01")["id"]
    for account in ("6000", "2200"):
        posted(scene, account)["period"] = february


def a_line_twice(scene: Scene) -> None:
    scene.rows("erp.transactionLine")["1"] = {**posted(scene, "2200"), "id": "1"}


def on_absorbed(scene: Scene) -> None:
    january = scene.the("erp.accountingPeriod", startDate="2026-01-01")["id"]
    scene.ledger("6090", period=january)[0]["credit"] += PENNY


PLANTS: list[tuple[str, Callable[[Scene], None], dict[str, str]]] = [
    ("salaries", on_salaries, {
        "UK": "0.01 GBP", "UK 2026-01 payroll": "0.01 GBP", "UK 2026-01 variance": "0.01 GBP",
    }),
    ("the provider's journal", on_provider, {"UK": "-0.01 GBP"}),
    ("the month", in_another_month, {
        "UK 2026-01 payroll": "-7,123.45 GBP", "UK 2026-01 variance": "-7,123.45 GBP",
        "UK 2026-02 payroll": "7,123.45 GBP", "UK 2026-02 variance": "7,123.45 GBP",
    }),
    ("a line twice", a_line_twice, {"UK": "-7,123.45 GBP", "payroll {line}": "1 postings"}),
    ("what was absorbed", on_absorbed, {"UK 2026-01": "0.01 GBP", "UK 2026-01 variance": "-0.01 GBP"}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "plant", "red"), PLANTS, ids=[each[0] for each in PLANTS])
def test_one_thing_out_of_place_is_told_by_i08(
    paid: Scene, what: str, plant: Callable[[Scene], None], red: dict[str, str]
) -> None:
    line = posted(paid, "2200")["sourceLine"]
    plant(paid)
    told = {key: next(iter(gap)) for key, gap in gaps(paid.money())["I08"].items()}
    assert told == {key.replace("{line}", line): gap for key, gap in red.items()}


def test_the_story_as_it_was_has_nothing_out_of_place(paid: Scene) -> None:
    assert gaps(paid.money()) == {}


@pytest.mark.parametrize(("column", "wrong"), [("minutes", 1201), ("count", 4), ("status", "rejected")])
def test_the_time_that_was_taken_is_compared_with_what_was_approved(paid: Scene, column: str, wrong: object) -> None:
    paid.the("files.time_delivery", period_end="2026-02-03")[column] = wrong
    assert "payroll.time" in {each.flow for each in paid.conv().findings}


def test_time_that_was_never_taken_is_lost(paid: Scene) -> None:
    row = paid.the("files.time_delivery", period_end="2026-02-03")
    del paid.rows("files.time_delivery")[paid.id_of("files.time_delivery", row)]
    assert [each.flow for each in paid.lost().findings] == ["payroll.time"]


def test_a_journal_that_was_never_posted_is_lost_and_one_of_nobody_has_no_source(paid: Scene) -> None:
    paid.the("erp.journalEntry", externalId=JOURNAL)["externalId"] = "PAY-UK-2031-01-01-2031-01"
    assert [each.flow for each in paid.lost().findings] == ["payroll.journal"]
    assert [each.title.endswith("has no source") for each in paid.conv().findings] == [True]


def test_a_journal_posted_twice_is_told_with_its_amount(paid: Scene) -> None:
    journal = paid.the("erp.journalEntry", externalId=JOURNAL)
    paid.rows("erp.journalEntry")["1"] = {**journal, "id": "1", "externalId": None}
    (finding,) = paid.once().findings
    assert (finding.key, finding.flow) == (f"batch:{JOURNAL}", "revenue.journal")
