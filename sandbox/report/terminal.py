"""One screen: engagements, hours, verdict with hazards met, faults that struck, dead letters, the run folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sandbox.report.lines import EngagementLine, engagement_lines, hours_line, letter_lines


class FigureDifference(Protocol):
    """A business figure of two runs."""

    @property
    def figure(self) -> str: ...

    @property
    def part(self) -> str: ...

    @property
    def before(self) -> str: ...

    @property
    def after(self) -> str: ...


if TYPE_CHECKING:
    from sandbox.checks.books import Books
    from sandbox.checks.findings import Finding
    from sandbox.checks.verdict import Verdict

_STYLES = {"pass": "green", "fail": "bold red", "unknown": "yellow"}
# What fits a screen; the page of the run folder shows all.
_FINDINGS_SHOWN = 2
_ENGAGEMENTS_SHOWN = 12
_LETTERS_SHOWN = 3


def show_run(console: Console, books: Books, verdict: Verdict, document: dict[str, Any], folder: str | None) -> None:
    """The whole screen."""
    title = (
        f"{document['scenario']}  seed {document['seed']}  engine {document['engine']}  faults {document['profile']}"
    )
    lines = engagement_lines(books)
    console.print(_engagements(lines[:_ENGAGEMENTS_SHOWN], title))
    if len(lines) > _ENGAGEMENTS_SHOWN:
        console.print(f"... and {len(lines) - _ENGAGEMENTS_SHOWN} more engagements", style="dim")
    _show_hours(console, books)
    show_verdict(console, verdict)
    _show_letters(console, books)
    counts = f"{document['requests']:,} requests, {document['records']:,} records in {document['wall_s']:.1f} s"
    console.print(counts, style="dim")
    if folder is not None:
        console.print(f"Run folder: {folder}", markup=False, highlight=False)


def show_verdict(console: Console, verdict: Verdict) -> None:
    """Checks, faults and the result, then the first findings."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("check", "result"):
        table.add_column(name)
    for name in ("hazards met", "compared"):
        table.add_column(name, justify="right")
    for check in verdict.checks:
        mark = "" if check.required else " (not required)"
        shown = Text(check.result + mark, style=_STYLES[check.result] if check.required or check.findings else "dim")
        table.add_row(check.check, shown, f"{check.exercised:,}", f"{check.compared:,}")
    console.print(table)
    _show_controls(console, verdict)
    fired = ", ".join(f"{kind} {count}" for kind, count in verdict.fired.items()) or "none"
    console.print(f"Faults that struck: {fired}")
    console.print(Text.assemble("Verdict: ", (verdict.result, _STYLES[verdict.result])))
    for check in verdict.checks:
        if check.check == "VAC" and check.result == "unknown" and check.required:
            idle = ", ".join(check.parts)
            console.print(f"Required, but met no hazard or had nothing to compare: {idle}", style="yellow")
        for finding in check.findings[:_FINDINGS_SHOWN]:
            _show_finding(console, finding)
        more = len(check.findings) - _FINDINGS_SHOWN
        if more > 0:
            console.print(f"  ... and {more} more of {check.check}", style="dim")


def show_fork(
    console: Console, before: str, verdict: Verdict, differences: Sequence[FigureDifference], folder: str
) -> None:
    """Business figures that came out otherwise, then both results and the findings of the fork."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("figure", "of"):
        table.add_column(name)
    for name in ("as it was", "with the change"):
        table.add_column(name, justify="right")
    for each in differences:
        table.add_row(each.figure, each.part, each.before, each.after)
    console.print(table if differences else "No business figure differs.")
    show_verdict(console, verdict)
    console.print(f"It was {before}, and is {verdict.result} with the change.", highlight=False)
    console.print(f"Run folder: {folder}", markup=False, highlight=False)


def _show_controls(console: Console, verdict: Verdict) -> None:
    """MONEY.identity as controls, one line each."""
    if not verdict.controls:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("control", "result"):
        table.add_column(name)
    for name in ("hazards met", "compared"):
        table.add_column(name, justify="right")
    for each in verdict.controls:
        word = Text(each.result, style=_STYLES[each.result])
        table.add_row(each.control.name, word, f"{each.exercised:,}", f"{each.compared:,}")
    console.print(table)


def _engagements(lines: Sequence[EngagementLine], title: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("code", "kind", "in"):
        table.add_column(name, no_wrap=True)
    for name in ("contract\nvalue", "billed", "recognised", "position", "margin"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in lines:
        money = (line.contract_value, line.billed, line.recognised, line.position)
        table.add_row(line.code, line.kind, line.currency, *money, line.margin)
    return table


def _show_hours(console: Console, books: Books) -> None:
    hours = hours_line(books)
    verb = "=" if hours.adds_up else "is not"
    console.print(
        f"Billable T&M hours {hours.billable} {verb} billed {hours.billed} + unbilled {hours.unbilled} "
        f"+ written off {hours.written_off}",
        style="" if hours.adds_up else "red",
        highlight=False,
    )


def _show_letters(console: Console, books: Books) -> None:
    """Open dead letters, with whom they lie, what is at stake and by when; then what became of the others."""
    lines = letter_lines(books.case)
    # What money or time hangs on comes first.
    still_open = sorted((line for line in lines if line.state == "open"), key=lambda line: not line.amount)
    if still_open:
        console.print(f"Dead letters: {len(still_open)}")
    for line in still_open[:_LETTERS_SHOWN]:
        amount = f", {line.amount}" if line.amount else ""
        console.print(f"  {line.about}, owner {line.owner}{amount}, due {line.due}", highlight=False, markup=False)
        console.print(Padding(Text(line.reason, style="dim"), (0, 0, 0, 4)))
    if len(still_open) > _LETTERS_SHOWN:
        console.print(f"  ... and {len(still_open) - _LETTERS_SHOWN} more")
    over = {state: sum(line.state == state for line in lines) for state in ("resolved", "waived", "replayed")}
    if any(over.values()):
        told = ", ".join(f"{count} {state}" for state, count in over.items() if count)
        console.print(f"Dead letters dealt with: {told}", highlight=False)


def _show_finding(console: Console, finding: Finding) -> None:
    console.print(Text(f"{finding.severity} {finding.check}  {finding.title}", style="red"))
    lines = [*(("Let", line) for line in finding.let), ("Then", finding.then)]
    lines += [("Not innocent:", finding.ruled_out)] if finding.ruled_out else []
    lines += [("Likely cause:", finding.cause)] if finding.cause else []
    # Wrapped lines hang under their text, not under the margin.
    told = Table.grid(padding=(0, 1, 0, 0))
    told.add_column(no_wrap=True)
    told.add_column(overflow="fold")
    for name, text in lines:
        told.add_row(f"  {name}", Text(text))
    console.print(told)
