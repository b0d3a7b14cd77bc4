"""Whatever is sold, worked, billed and run in whatever order: the books say what the rule says, and balance."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mocks.revenue.client import Desk, hours, invoice, order

ORDERS = {"P-1": ("P-1-1", "P-1-2"), "P-2": ("P-2-1",)}
LINES = {line: so_num for so_num, lines in ORDERS.items() for line in lines}
PERIODS = ["2026-01", "2026-02", "2026-03"]
LAST_DAYS = {"2026-01": "2026-01-31", "2026-02": "2026-02-28", "2026-03": "2026-03-31"}
CENT = Decimal("0.01")

cents = st.integers(0, 50_000).map(lambda n: Decimal(n) / 100)
days = st.tuples(st.sampled_from(PERIODS), st.integers(1, 28)).map(lambda pair: f"{pair[0]}-{pair[1]:02d}")
sales = st.tuples(st.just("sale"), st.sampled_from(sorted(LINES)), cents, st.sampled_from("YN"), days)
works = st.tuples(st.just("work"), st.sampled_from(sorted(LINES)), st.integers(0, 130), st.integers(1, 120), days)
bills = st.tuples(st.just("bill"), st.sampled_from(sorted(LINES)), cents, days)
steps = st.lists(st.one_of(sales, works, bills, st.just(("run",)), st.just(("close",))), min_size=4, max_size=14)


@dataclass
class Book:
    """The rule, written down the long way: totals, latest event, bills."""

    sold: dict[str, tuple[Decimal, str, str]] = field(default_factory=dict)
    worked: dict[str, list[tuple[str, int, int, int]]] = field(default_factory=lambda: defaultdict(list))
    billed: dict[str, list[tuple[str, Decimal]]] = field(default_factory=lambda: defaultdict(list))

    def earned(self, line: str, through: str) -> Decimal:
        price, right_to_bill, end = self.sold[line]
        if right_to_bill == "Y":
            return price if end <= through else Decimal(0)
        known = [event for event in self.worked[line] if event[0] <= through]
        if not known:
            return Decimal(0)
        _, _, done, total = max(known)
        if done >= total:
            return price
        return (price * done / total).quantize(CENT, ROUND_HALF_UP)

    def bills(self, line: str, through: str) -> Decimal:
        return sum((amount for day, amount in self.billed[line] if day <= through), Decimal(0))


def apply(desk: Desk, book: Book, number: int, step: tuple[Any, ...], period: str) -> None:
    """One step, in the system and in the book."""
    match step:
        case ("sale", line, price, flag, end):
            row = order(so_num=LINES[line], so_line_id=line, ext_sll_prc=str(price), right_to_bill=flag)
            desk.collect({**row, "start_date": "2026-01-01", "end_date": end})
            book.sold[line] = (price, flag, end)
        case ("work", line, done, total, day) if line in book.sold:
            desk.stage(hours(so_line_id=line, event_date=day, completed_qty=str(done), total_qty=str(total)))
            book.worked[line].append((day, number, done, total))
        case ("bill", line, amount, day) if line in book.sold:
            row = invoice(so_num=LINES[line], so_line_id=line, ext_sll_prc=str(amount), inv_date=day)
            desk.collect({**row, "inv_line_id": f"INV-{number}", "inv_num": f"INV-{number}"})
            book.billed[line].append((day, amount))
        case ("run",):
            desk.run(period)
        case _:
            return


def check(desk: Desk, book: Book, period: str) -> None:
    """After a run of the open period: released, netted and balanced as the rule says."""
    last = LAST_DAYS[period]
    released: dict[str, int] = defaultdict(int)
    for row in desk.mock.store.find("schedule"):
        released[row["rc_line_id"]] += row["amount"]
    for row in desk.mock.store.find("rc_line"):
        assert Decimal(released[row["id"]]) / 10_000 == book.earned(row["so_line_id"], last)
    for so_num, lines in ORDERS.items():
        sold = [line for line in lines if line in book.sold]
        revenue = sum((book.earned(line, last) for line in sold), Decimal(0))
        billed = sum((book.bills(line, last) for line in sold), Decimal(0))
        hourly = [line for line in sold if book.sold[line][1] == "Y"]
        unbilled = max(
            Decimal(0), sum((book.earned(each, last) - book.bills(each, last) for each in hourly), Decimal(0))
        )
        asset = max(Decimal(0), revenue - billed - unbilled)
        balances = desk.balances(last, so_num)
        assert balances.get("1105", Decimal(0)) == unbilled
        assert balances.get("1120", Decimal(0)) == asset
        assert balances.get("4010", Decimal(0)) == -revenue
        assert balances.get("2100", Decimal(0)) == revenue - billed - unbilled - asset
        assert asset == 0 or "2100" not in balances


def check_batches(desk: Desk) -> None:
    """Every batch balances, in both currencies."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for line in desk.all_lines():
        sums[line["batch_id"]] += line["entered_dr"] - line["entered_cr"]
        assert (line["accounted_dr"], line["accounted_cr"]) == (line["entered_dr"], line["entered_cr"])
        assert min(line["entered_dr"], line["entered_cr"]) == 0 < max(line["entered_dr"], line["entered_cr"])
    assert set(sums.values()) <= {Decimal(0)}


@settings(max_examples=150, deadline=None)
@given(steps)
def test_the_books_follow_the_rule_after_any_sequence(sequence: list[tuple[Any, ...]]) -> None:
    desk, book, at = Desk(), Book(), 0
    for number, step in enumerate(sequence):
        if step == ("close",) and at + 1 < len(PERIODS):
            desk.run(PERIODS[at])
            check(desk, book, PERIODS[at])
            desk.close(PERIODS[at])
            at += 1
            continue
        apply(desk, book, number, step, PERIODS[at])
    desk.run(PERIODS[at])
    check(desk, book, PERIODS[at])
    check_batches(desk)
    assert desk.run(PERIODS[at]) == []
