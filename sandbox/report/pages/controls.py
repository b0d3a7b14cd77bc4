"""Control totals per feed: what the sources say, what arrived, and what was given up."""

from __future__ import annotations

from sandbox.checks.books import Books
from sandbox.checks.lost import given_up
from sandbox.report.pages.page import Page, Sum, Table


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
    return Page(
        "control_totals",
        "Control totals",
        "Facts of each flow as they stand at the end, and what became of them.",
        (
            Table("", ("flow", "source", "target", "facts", "arrived", "given up", "open"), 3, tuple(rows)),
            Table("Nightly sweep of approved time", ("at", "entries", "minutes", "missing"), 1, found),
        ),
        (Sum("arrived and given up are the facts", str(accounted), str(facts)),),
    )
