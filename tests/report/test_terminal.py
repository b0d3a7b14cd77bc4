"""One screen of eighty columns: nothing is cut off, and it says what the verdict says."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from sandbox.report.terminal import show_run, show_verdict
from tests.checks.builders import PENNY, Scene

DOCUMENT: dict[str, Any] = {
    "scenario": "first-thread", "seed": 3, "engine": "reference", "profile": "none", "wall_s": 2.3,
    "requests": 12_973, "records": 33_920,
}  # fmt: skip


def plain() -> tuple[Console, io.StringIO]:
    """A screen of eighty columns without colours."""
    out = io.StringIO()
    return Console(file=out, width=80, color_system=None, force_terminal=False), out


def screen(scene: Scene, folder: str | None = "runs/here") -> str:
    console, out = plain()
    show_run(console, scene.books, scene.verdict(), DOCUMENT, folder)
    return out.getvalue()


def test_a_screen_shows_engagements_hours_checks_and_where_the_run_is(long: Scene) -> None:
    text = screen(long)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == "first-thread seed 3 engine reference faults none"
    assert "code kind in value billed recognised position margin" in lines
    assert "ENG-01 T&M GBP 60,000.00 15,304.20 14,737.53 566.67 46.4%" in lines
    assert "ENG-02 fixed USD 180,000.00 117,000.00 46,829.27 70,170.73 62.1%" in lines
    assert "FIGURES.worked pass 32 32" in lines
    assert [line for line in lines if re.fullmatch(r"ONCE\.dup pass \(not required\) 0 \d{3}", line)]
    assert "Faults that struck: none" in lines
    assert "Verdict: pass" in lines
    assert "Dead letters: 1" in lines
    assert "12,973 requests, 33,920 records in 2.3 s" in lines
    assert lines[-1] == "Run folder: runs/here"


def test_a_screen_without_a_folder_names_none(tiny: Scene) -> None:
    assert "Run folder" not in screen(tiny, None)


def test_no_line_is_longer_than_eighty_columns_and_nothing_is_cut_off(long: Scene) -> None:
    long.invoice("ENG-01 2026-01")["total"] += PENNY
    bill = long.time_bill("ENG-01", "W-0016", "2026-02-04")
    long.insert("erp.timeBill", bill, externalId=None)
    text = screen(long)
    assert "Verdict: fail" in text
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_large_engagements_are_not_cut_off(long: Scene) -> None:
    # A hundred times first-thread: the largest contract is worth 20 million.
    terms = [each.model_copy(update={"price": each.price * 100}) for each in long.plan.terms]
    long.alter_plan(terms=tuple(terms))
    for line in long.rows("erp.transactionLine").values():
        line.update(debit=(line["debit"] or 0) * 100, credit=(line["credit"] or 0) * 100)
    for invoice in long.rows("erp.invoice").values():
        invoice["subtotal"] *= 100
    text = screen(long)
    assert "18,000,000.00" in text
    assert "…" not in text
    assert "4,682,927.00" in text


def test_an_engagement_worth_millions_fits(long: Scene) -> None:
    terms = [each.model_copy(update={"price": Decimal("9999999.99")}) for each in long.plan.terms]
    long.alter_plan(terms=tuple(terms))
    text = screen(long)
    assert "9,999,999.99" in text
    assert "…" not in text


def test_twelve_engagements_are_told_and_the_others_counted(long: Scene) -> None:
    (first, *_) = long.plan.terms
    more = [first.model_copy(update={"code": f"ENG-{number}"}) for number in range(50, 60)]
    total = len(long.plan.terms) + len(more)
    long.alter_plan(terms=(*long.plan.terms, *more))
    text = screen(long)
    assert len([line for line in text.splitlines() if line.startswith("ENG-")]) == 12
    assert f"... and {total - 12} more engagements" in text


def test_hours_that_do_not_add_up_are_told_with_another_verb(tiny: Scene) -> None:
    assert "Billable T&M hours 20:00 = billed 20:00 + unbilled 0:00 + written off 0:00" in screen(tiny)
    tiny.remove("erp.timeBill", next(iter(tiny.rows("erp.timeBill").values())))
    assert "Billable T&M hours 20:00 is not billed 13:20 + unbilled 0:00 + written off 0:00" in screen(tiny)


def test_the_first_findings_of_a_check_are_told_and_the_others_counted(tiny: Scene) -> None:
    tiny.rows("erp.timeBill").clear()
    console, out = plain()
    show_verdict(console, tiny.verdict())
    text = out.getvalue()
    told = text.count("never became a erp.timeBill")
    assert 1 <= told < 3
    assert f"... and {3 - told} more of LOST.update" in text


def test_a_finding_is_told_as_let_then_and_why(tiny: Scene) -> None:
    (invoice,) = tiny.rows("erp.invoice").values()
    invoice["amountRemaining"] += PENNY
    console, out = plain()
    show_verdict(console, tiny.verdict())
    words = " ".join(out.getvalue().split())
    assert (
        "S1 MONEY.identity I03 receivables are the open invoices, per customer: GBP CL-ENG-01 differs by -0.01 GBP"
        in words
    )
    assert "Let ledger 1100 = 0.00 GBP Let open invoices = 0.01 GBP" in words
    assert "Then I03 does not hold: difference -0.01 GBP" in words
    assert "Not innocent" in words


def test_a_required_check_that_met_nothing_is_named(tiny: Scene) -> None:
    tiny.alter_plan(requires=("ONCE.dup", "MONEY.identity", "DLQ.account"))
    console, out = plain()
    show_verdict(console, tiny.verdict())
    text = out.getvalue()
    assert "Verdict: unknown" in text
    assert "Required, but met no hazard or had nothing to compare: ONCE.dup, DLQ.account" in text


def test_what_struck_is_told_by_kind(tiny: Scene) -> None:
    for number, kind in enumerate(("W04", "E01", "W04")):
        tiny.write({"kind": "fault", "t_us": 0, "sys": "psa", "fid": f"{kind}#{number}", "fkind": kind, "rq": None})
    console, out = plain()
    show_verdict(console, tiny.verdict())
    assert "Faults that struck: E01 1, W04 2" in out.getvalue()


def test_three_dead_letters_are_told_and_all_are_counted(tiny: Scene) -> None:
    for number in range(7):
        tiny.give_up(f"time:{number}", reason=f"refused [{number}]")
    text = screen(tiny)
    assert "Dead letters: 7" in text
    assert text.count(", owner finance") == 3
    assert "refused [2]" in text
    assert "... and 4 more\n" in text


def test_brackets_in_what_engines_say_are_shown_as_they_are(tiny: Scene) -> None:
    tiny.give_up("time:[bold]17", reason="[red]no[/] such item")
    text = screen(tiny)
    assert "time:[bold]17" in text
    assert "[red]no[/] such item" in text


@pytest.mark.parametrize("folder", ["runs/new[draft]", "runs/a[/b]"])
def test_brackets_in_the_name_of_a_folder_are_shown_as_they_are(tiny: Scene, folder: str) -> None:
    assert f"Run folder: {folder}" in screen(tiny, folder)
