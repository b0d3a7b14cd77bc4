"""Rates, tax and minor units as the contracts and the firm's tables say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from sandbox.core.money import divide_half_away, exponent, to_scaled
from sandbox.plan import Client, Entity, Plan, RateTable

# Members of the European Union that firms and clients of ours live in: between them tax is where the client is.
EU = ("AT", "BE", "DE", "ES", "FR", "IE", "IT", "NL", "PL")


def rate_on(tables: Iterable[RateTable], role: str, day: date) -> Decimal:
    """The rate of a role that holds on a day: of the versions in force the latest one."""
    latest = max((table for table in tables if table.effective <= day), key=lambda table: table.effective)
    return next(rate for grade, rate in latest.rates.items() if grade == role)


def to_minor(amount: Decimal | str, currency: str) -> int:
    """An amount in minor units."""
    return int(Decimal(amount).scaleb(exponent(currency)))


def tax_rate(plan: Plan, entity: Entity, client: Client, day: date) -> Decimal:
    """The fraction of tax on a document, all its parts together."""
    return sum(tax_parts(plan, entity, client, day), Decimal(0))


def tax_due(plan: Plan, entity: Entity, client: Client, day: date, net: int) -> int:
    """Tax on a document in minor units: each part is rounded once, so that each can be paid over (accounting.md
    section 4, by tax rate on the document)."""
    return sum(tax_on(net, part) for part in tax_parts(plan, entity, client, day))


def tax_parts(plan: Plan, entity: Entity, client: Client, day: date) -> tuple[Decimal, ...]:
    """The fractions of tax on a document, one per tax: the firm's first rule that fits (accounting.md section 3);
    without any rules the entity's own rate for clients at home and nothing for clients abroad."""
    if not plan.firm.tax_rules:
        return (entity.tax_rate,) if client.country == entity.country else ()
    for rule in plan.firm.tax_rules:
        area = (client.country, "*", *(("EU",) if client.country in EU else ()))
        fits = rule.supplier == entity.country and rule.client in area and rule.effective <= day
        fits = fits and rule.same_state in (None, entity.state == client.state)
        if fits and rule.vat_number in (None, client.vat_number is not None):
            return tuple(rule.parts.values())
    return ()


def tax_on(net: int, rate: Decimal) -> int:
    """Tax on a document by one rate, rounded once, half away from zero."""
    numerator, denominator = rate.as_integer_ratio()
    return divide_half_away(net * numerator, denominator)


def is_rounded(minutes: int, rate: Decimal, currency: str) -> bool:
    """Whether minutes times rate is no whole minor unit, so that rounding decides."""
    return bool(minutes * to_scaled(rate) * 10 ** exponent(currency) % (60 * 10_000))
