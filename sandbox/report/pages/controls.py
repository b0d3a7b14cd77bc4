"""Control totals per feed: what the sources say, what arrived, and what was given up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.checks.books import Books
from sandbox.checks.lost import given_up
from sandbox.report.pages.page import Page, Sum, Table

Record = Mapping[str, Any]


def control_totals(books: Books) -> Page:
    """By flow: facts of the source, records of the target that are one of them, letters, and what is left."""
    case = books.case
    rows, facts, accounted = [], 0, 0
    for name, flow in case.interface.flows.items():
        refs = set(case.facts(name))
        there = {target.ref for target in case.targets(name)} & refs
        lost = {ref for ref in refs - there if given_up(case, flow, ref)}
        facts, accounted = facts + len(refs), accounted + len(there) + len(lost)
        if refs:
            values = (len(refs), len(there), len(lost), len(refs) - len(there) - len(lost))
            rows.append((name, flow.source.record or f"{flow.source.derived}", flow.target, *map(str, values)))
    sweeps = [entry for entry in case.of_kind("engine") if entry.get("event") == "sweep"]
    found = tuple(
        (case.at(entry["t_us"]), str(entry["count"]), str(entry["minutes"]), str(entry["missing"]))
        for entry in sweeps
        if entry["count"] or entry["missing"]
    )
    closes = tuple(_at_close(case.at(entry["t_us"]), entry["report"]) for entry in case.history if _is_close(entry))
    columns = ("at", "entity", "month", "approved", "of it posted", "minutes approved", "of it posted", "not posted",
               "in the ERP later", "minutes")  # fmt: skip
    return Page(
        "control_totals",
        "Control totals",
        "Facts of each flow as they stand at the end, and what became of them.",
        (
            Table("", ("flow", "source", "target", "facts", "arrived", "given up", "open"), 3, tuple(rows)),
            Table("Time at the cut-off, as the engine's close report has it", columns, 3, closes),
            Table("Nightly sweep of approved time", ("at", "entries", "minutes", "missing"), 1, found),
        ),
        (Sum("arrived and given up are the facts", str(accounted), str(facts)),),
    )


def _is_close(entry: Record) -> bool:
    return bool(entry["kind"] == "engine" and entry.get("event") == "close")


def _at_close(at: str, report: Record) -> tuple[str, ...]:
    """A month of an entity: what the PSA had approved and the ERP taken when it was cut off, what was not posted yet at
    contract rates, and what the ERP said it has when the report was written."""
    approved, posted, later = report["at_cutoff"]["approved"], report["at_cutoff"]["posted"], report["in_erp"]
    open_value = ", ".join(f"{amount} {currency}" for currency, amount in report["at_cutoff"]["unposted_value"].items())
    numbers = (approved["count"], posted["count"], approved["minutes"], posted["minutes"])
    in_erp = (str(later["count"]), str(later["minutes"]))
    return (at, report["entity"], report["period"], *map(str, numbers), open_value or "-", *in_erp)
