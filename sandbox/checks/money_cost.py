"""Identities of work that is earned by its cost: progress, price with its changes, and what is provided for a loss."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from sandbox.checks import money_contracts
from sandbox.checks.books import Books
from sandbox.checks.derived_change import changed_by_engagement, undecided_of
from sandbox.checks.derived_cost import by_cost, costs, estimate_for, estimates
from sandbox.checks.identity import Difference
from sandbox.checks.ledger import to_minor
from sandbox.checks.money_contracts import is_spent
from sandbox.core.money import SCALE, divide_half_away, exponent
from sandbox.core.periods import Period
from sandbox.plan import Terms


def revenue_is_cost_progress(books: Books) -> Iterable[Difference]:
    """I15 on the basis of cost: at the last run revenue to date is round(cost to date / expected cost x price); cost as
    the ledger has it, expected cost as the PSA's project leads approved it, price as the CRM has it with its changes.

    Contracts with a change that was, or may be, decided as prospective are a matter of the expected books.
    """
    case = books.case
    spent, approved, released = costs(case), estimates(case), _released(books)
    for terms, month in _run(books):
        expected = estimate_for(approved.get(terms.code, {}), month)
        if expected is None or terms.code not in released or _changed_later(books, terms):
            continue
        done = sum((each.amount for each in spent.get(terms.code, ()) if each.month <= month), Decimal(0))
        done_scaled, expected_scaled = int(min(done, expected) * SCALE), int(expected * SCALE)
        price = _price(books, terms)
        yield Difference(
            f"{terms.line} {month}",
            _up_to(released[terms.code], month),
            divide_half_away(price * done_scaled, expected_scaled),
            books.currency[terms.code],
            "revenue to date",
            f"{done} of {expected} expected cost times the price",
        )


def price_is_signed_and_changed(books: Books) -> Iterable[Difference]:
    """I20 of work by cost: the transaction price in the revenue system, with what waits there for a decision or a run,
    is the signed value of the CRM and the change orders the client approved."""
    case = books.case
    waiting = undecided_of(case)
    parts: dict[str, int] = {}
    for row in case.rows("revenue.rc_line").values():
        terms = case.terms.get(row["so_num"])
        if terms is None or is_spent(books, terms, row):
            continue
        held = waiting.get(row["so_line_id"])
        added = held["new_price"] - held["old_price"] if held is not None else 0
        amount = to_minor(case, row["ext_sll_prc"] + added, row["curr"])
        parts[row["so_num"]] = parts.get(row["so_num"], 0) + amount
    for code in by_cost(case):
        if code in parts:
            yield Difference(
                code,
                parts[code],
                _price(books, case.terms[code]),
                books.currency[code],
                "transaction price",
                "signed value and change orders in the CRM",
            )


def losses_are_provided(books: Books) -> Iterable[Difference]:
    """I23: of a contract whose expected cost is above its price, revenue less cost less provision is the whole loss;
    of any other the provision is nothing. At the end of every month that is closed."""
    case = books.case
    spent, approved, released = costs(case), estimates(case), _released(books)
    account = case.interface.accounts.provision
    held: dict[str, list[tuple[Period, int]]] = {}
    for line in books.ledger.lines:
        if line.account == account and line.engagement is not None:
            held.setdefault(line.engagement, []).append((Period.parse(line.period), -line.amount))
    for terms, month in _run(books, every=True):
        currency = books.currency[terms.code]
        expected = estimate_for(approved.get(terms.code, {}), month)
        if expected is None or str(month) not in case.plan.close or _changed_later(books, terms):
            continue
        places = exponent(currency)
        loss = int(expected.scaleb(places)) - _price(books, terms)
        cost = sum((each.amount for each in spent.get(terms.code, ()) if each.month <= month), Decimal(0))
        in_books = int(cost.scaleb(places)) - _up_to(released.get(terms.code, ()), month)
        yield Difference(
            f"{terms.code} {month}",
            _up_to(held.get(terms.code, ()), month),
            loss - in_books if loss > 0 else 0,
            currency,
            f"provision {account}",
            "expected loss less what of it is in revenue less cost",
        )


def revenue_is_progress(books: Books) -> Iterable[Difference]:
    """I15 on both bases: hours, and cost."""
    yield from money_contracts.revenue_is_progress_times_price(books)
    yield from revenue_is_cost_progress(books)


def prices_are_signed(books: Books) -> Iterable[Difference]:
    """I20 of fixed fees by hours, and by cost."""
    yield from money_contracts.price_is_signed_value(books)
    yield from price_is_signed_and_changed(books)


# -- sums --------------------------------------------------------------------------------------------------------------


def _run(books: Books, *, every: bool = False) -> Iterable[tuple[Terms, Period]]:
    """Engagements by cost with the months that were run, all or the last one; contracts at home only."""
    case = books.case
    for code in by_cost(case):
        terms = case.terms[code]
        if books.currency[code] == case.plan.entity(terms.entity).currency:
            months = sorted(month for entity, month in books.revenue_runs if entity == terms.entity)
            for month in months if every else months[-1:]:
                yield terms, month


def _released(books: Books) -> dict[str, list[tuple[Period, int]]]:
    """Engagement -> (month, amount) of everything released of its price, without what was spent and billed on."""
    case, lines = books.case, books.case.rows("revenue.rc_line")
    found: dict[str, list[tuple[Period, int]]] = {}
    for row in case.rows("revenue.schedule").values():
        line = lines[row["rc_line_id"]]
        terms = case.terms.get(line["so_num"])
        if terms is not None and not is_spent(books, terms, line):
            amount = to_minor(case, row["amount"], row["curr"])
            found.setdefault(terms.code, []).append((Period.parse(row["period"]), amount))
    return found


def _up_to(amounts: Iterable[tuple[Period, int]], month: Period) -> int:
    return sum(amount for each, amount in amounts if each <= month)


def _price(books: Books, terms: Terms) -> int:
    """Signed value and approved change orders, in minor units."""
    case = books.case
    changed = changed_by_engagement(case).get(terms.code, 0)
    signed = sum(
        row["Amount"] or 0 for row in case.rows("crm.Opportunity").values() if row["Engagement_Code__c"] == terms.code
    )
    return to_minor(case, signed + changed, books.currency[terms.code])


def _changed_later(books: Books, terms: Terms) -> bool:
    """Whether a change counts for what is left only, or does not count yet."""
    rows = [row for row in books.case.rows("revenue.modification").values() if row["so_num"] == terms.code]
    return any(row["status"] != "Applied" or row["treatment"] != "cumulative_catch_up" for row in rows)
