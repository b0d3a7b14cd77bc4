"""BOOKS.expected and FIGURES.worked: what the systems show of an engagement's months, against deeds and a person.

Both compare the same actual figures; the right-hand side is computed from deeds and contracts, or stands in the
scenario with its operands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sandbox.checks.books import Books
from sandbox.checks.case import money_text
from sandbox.checks.expected_books import Month
from sandbox.checks.expected_books.entities import BY_DEEDS, EntityMonth
from sandbox.checks.findings import CheckResult, Finding
from sandbox.core.money import exponent
from sandbox.core.periods import Period
from sandbox.plan import PeriodFigures
from sandbox.plan.figures import GROUP, EntityFigures

# Figures that are sums of others over there: compared when somebody worked them out by hand.
_SUMS = ("receivable",)

# Figures that are the ledger's alone, in the currency of the entity.
_FUNCTIONAL = ("cost", "provision", "recharged", "revenue_functional", "realised_fx")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of an engagement, an entity or the group in a month: what is there, what should be, and how that comes
    about."""

    engagement: str
    period: Period
    name: str
    actual: int
    expected: int
    unit: str
    how: str = ""


def check_expected(books: Books) -> CheckResult:
    """Every figure of every engagement and month against deeds and contracts."""
    result = CheckResult("BOOKS.expected", "the books show what deeds and contracts demand")
    _compare(result, (*_by_deeds(books), *_entities_by_deeds(books)))
    result.exercised = sum(books.expected.hazards.values())
    return result


def check_worked(books: Books) -> CheckResult:
    """The figures a person worked out by hand, to the cent."""
    result = CheckResult("FIGURES.worked", "the figures worked out by hand are met")
    _compare(result, (*_by_hand(books), *_entities_by_hand(books)))
    # A figure in the scenario is a hazard of its own: it was put there to be missed.
    result.exercised = result.compared
    return result


def _compare(result: CheckResult, figures: Iterable[Figure]) -> None:
    for figure in figures:
        result.compared += 1
        if figure.actual == figure.expected:
            continue
        shown, wanted, gap = (
            f"{value} min" if figure.unit == "min" else money_text(value, figure.unit)
            for value in (figure.actual, figure.expected, figure.actual - figure.expected)
        )
        where = f"{figure.engagement} {figure.period}"
        result.findings.append(
            Finding(
                check=result.check,
                severity="S1",
                flow="",
                key=f"{where} {figure.name}",
                title=f"{where}: {figure.name} is {shown}, expected {wanted}",
                let=(figure.how,) if figure.how else (),
                then=f"difference {gap}",
                delta=figure.actual - figure.expected if figure.unit != "min" else 0,
                currency=figure.unit if figure.unit != "min" else "",
            )
        )


def _by_deeds(books: Books) -> Iterable[Figure]:
    for key in sorted(set(books.actual) | set(books.expected.months)):
        engagement, period = key
        actual = asdict(books.actual.get(key, Month()))
        for name, expected in asdict(books.expected.at(engagement, period)).items():
            if name in _SUMS:
                continue
            yield Figure(engagement, period, name, actual[name], expected, _unit(books, engagement, name))


def _by_hand(books: Books) -> Iterable[Figure]:
    for engagement, months in books.case.plan.expectations.items():
        for text, figures in months.items():
            period = Period.parse(text)
            actual = asdict(books.actual.get((engagement, period), Month()))
            for name in PeriodFigures.model_fields:
                wanted = getattr(figures, name)
                if name == "how" or wanted is None:
                    continue
                unit = _unit(books, engagement, name)
                expected = wanted if name == "minutes" else int(wanted.scaleb(exponent(unit)))
                yield Figure(engagement, period, name, actual[name], expected, unit, figures.how.get(name, ""))


def _entities_by_deeds(books: Books) -> Iterable[Figure]:
    """What entities owe and charge each other; only those the firm lets work for others have anything to compare."""
    for (entity, period), expected in sorted(books.expected.entities.items()):
        actual = books.entities.get((entity, period))
        currency = books.case.plan.entity(entity).currency
        for name in BY_DEEDS if actual is not None else ():
            yield Figure(entity, period, name, getattr(actual, name), getattr(expected, name), currency)


def _entities_by_hand(books: Books) -> Iterable[Figure]:
    firm = books.case.plan.firm
    currencies = {entity.code: entity.currency for entity in firm.entities} | {GROUP: firm.group_currency or ""}
    for entity, months in books.case.plan.entity_expectations.items():
        for text, figures in months.items():
            period = Period.parse(text)
            actual = books.entities.get((entity, period), EntityMonth())
            for name in EntityFigures.model_fields:
                wanted = getattr(figures, name)
                if name == "how" or wanted is None:
                    continue
                translated = firm.group_currency is not None and name.endswith("_translated")
                unit = str(firm.group_currency) if translated else currencies[entity]
                expected = int(wanted.scaleb(exponent(unit)))
                yield Figure(entity, period, name, getattr(actual, name), expected, unit, figures.how.get(name, ""))


def _unit(books: Books, engagement: str, name: str) -> str:
    """Minutes, the entity's currency, or the one the contract is in."""
    if name == "minutes":
        return "min"
    if name in _FUNCTIONAL:
        return books.case.plan.entity(books.case.terms[engagement].entity).currency
    return books.currency[engagement]
