"""Figures of the flow between systems: set-up time, exceptions, straight-through share, lag and depth of the queue.

Lag and depth are between a commit and its effect somewhere else, which only the history holds: they are measured, not
told twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.checks.books import Books
from sandbox.checks.business_figures.done import done_deeds
from sandbox.checks.business_figures.figure import HOURS, PERCENT, PIECES, SECONDS, Tally, Told
from sandbox.checks.case import Case
from sandbox.checks.deadlines import lags
from sandbox.checks.versions import Versions
from sandbox.core.clock import MINUTE_US, SECOND_US

# What counts as an item that a person finishes or an engine: the records of the ERP, and the kinds letters name.
_ITEMS = {"erp.timeBill": "time", "erp.invoice": "invoice", "erp.customerPayment": "payment"}


def project_setup_time(books: Books, versions: Versions) -> Told:
    """From the win to the project open for time, mean, measured from the history."""
    case = books.case
    won: dict[str, int] = {}
    for (record, record_id), changes in case.changes_of.items():
        ref = case.ref(record, record_id) if record == "crm.Opportunity" else None
        for change in changes if ref is not None else ():
            if change["after"].get("StageName") == "Closed Won":
                won.setdefault(str(ref), change["t_us"])
    opened: dict[str, int] = {}
    for (record, record_id), effects in case.effects.items():
        ref = case.ref(record, record_id) if record == "psa.workspace" else None
        for effect in effects if ref is not None else ():
            if effect["after"].get("time_trackable"):
                opened.setdefault(str(ref), effect["t_us"])
    minutes = [(opened[ref] - won[ref]) // MINUTE_US for ref in won if ref in opened]
    return Told(HOURS, {"projects": (sum(minutes), len(minutes))} if minutes else {})


def exception_resolution_time(books: Books, versions: Versions) -> Told:
    """From the case of a dead letter to its owner's word, mean, by team: the cases as they stand at the end, and the
    commits that opened and closed them."""
    case = books.case
    there: dict[str, list[int]] = {}
    due: dict[str, list[int]] = {}
    for case_id, row in case.rows("crm.Case").items():
        if not row["Dead_Letter_Key__c"]:
            continue
        if row["IsClosed"]:
            _count(there, row["Owner_Team__c"], _minutes(row["_created_us"], row["ClosedDate"]))
        opened = case.effects.get(("crm.Case", case_id), ())
        words = [
            entry
            for entry in (*case.changes_of.get(("crm.Case", case_id), ()), *opened)
            if "IsClosed" in entry["after"]
        ]
        last = max(words, key=lambda entry: int(entry["seq"]), default=None)
        if opened and last is not None and last["after"]["IsClosed"]:
            _count(due, row["Owner_Team__c"], _minutes(opened[0]["t_us"], last["t_us"]))
    return Told(HOURS, _sums(there), _sums(due))


def straight_through_share(books: Books, versions: Versions) -> Told:
    """Time, invoices and payments in the ERP that no person had to touch on the way, over all of them, by kind: cases
    that a person closed, and what people did."""
    case = books.case
    touched = {
        row["Record_Key__c"]
        for row in case.rows("crm.Case").values()
        if row["Dead_Letter_Key__c"] and row["IsClosed"] and row["LastModifiedById"] != row["_creator"]
    }
    there = {}
    for record, kind in _ITEMS.items():
        refs = {case.ref(record, record_id) for record_id in case.rows(record)}
        there[kind] = (sum(f"{kind}:{ref}" not in touched for ref in refs), len(refs))
    return Told(PERCENT, _finished(there), _finished(_by_deeds(books)))


def event_lag(books: Books, versions: Versions) -> Told:
    """From the commit at which an effect was due to the effect: median, 99th percentile and longest."""
    waits = sorted((done - due) // SECOND_US for due, done in _done_lags(books.case, versions))
    if not waits:
        return Told(SECONDS, {}, headline="p50")
    at = {"p50": waits[len(waits) // 2], "p99": waits[len(waits) * 99 // 100], "max": waits[-1]}
    return Told(SECONDS, {name: (value, 1) for name, value in at.items()}, headline="p50")


def queue_depth(books: Books, versions: Versions) -> Told:
    """Effects that are due and not there yet: most at once, and the mean over the run."""
    case = books.case
    steps = sorted(step for due, done in lags(case, versions) for step in ((due, 1), (_or_end(case, done), -1)))
    depth = most = area = at = 0
    for t_us, by in steps:
        area += depth * (t_us - at)
        depth, at = depth + by, t_us
        most = max(most, depth)
    mean = (area, max(case.truth["end_us"], 1))
    return Told(PIECES, {"max": (most, 1), "mean": mean}, headline="max")


# -- inside ------------------------------------------------------------------------------------------------------------


def _by_deeds(books: Books) -> dict[str, tuple[int, int]]:
    """Cards that were posted, bills that were issued and paid; corrected were the cards whose letters were closed."""
    corrected = {
        card["ref"]
        for deed in done_deeds(books)
        if deed.verb == "resolve_case" and deed.args["resolution"] != "Waived"
        for card in deed.args["cards"]
    }
    posted = [ref for ref, card in books.expected.cards.items() if card.period is not None]
    issued = sum(invoice.issued for invoice in books.expected.invoices.values())
    paid = sum(deed.verb == "pay" for deed in done_deeds(books))
    return {
        "time": (sum(ref not in corrected for ref in posted), len(posted)),
        "invoice": (issued, issued),
        "payment": (paid, paid),
    }


def _finished(side: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    return {kind: value for kind, value in side.items() if value[1]}


def _done_lags(case: Case, versions: Versions) -> Iterable[tuple[int, int]]:
    for due, done in lags(case, versions):
        if done is not None:
            yield due, done


def _or_end(case: Case, done_us: int | None) -> int:
    return int(case.truth["end_us"]) if done_us is None else done_us


def _minutes(first_us: int, last_us: int) -> int:
    """Whole minutes between two instants as the systems show them, in seconds."""
    return (last_us // SECOND_US - first_us // SECOND_US) // 60


def _count(sums: dict[str, list[int]], part: str, value: int) -> None:
    total = sums.setdefault(part, [0, 0])
    total[0] += value
    total[1] += 1


def _sums(counted: dict[str, list[int]]) -> Tally:
    return {part: (sums[0], sums[1]) for part, sums in counted.items()}
