"""An entity's books in a month, as far as they are more than the sum of its engagements. Amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class EntityMonth:
    """Income, cost and gains of the month, balances at its end, all in the entity's currency unless translated; the
    names are those of the figures worked out by hand."""

    intercompany_revenue: int = 0
    intercompany_cost: int = 0
    intercompany_receivable: int = 0
    intercompany_payable: int = 0
    # Of claims and debts between entities alone; all of it is ``unrealised_fx``.
    intercompany_fx: int = 0
    revenue: int = 0
    cost: int = 0
    realised_fx: int = 0
    unrealised_fx: int = 0
    intercompany_revenue_translated: int = 0
    intercompany_receivable_translated: int = 0
    elimination_residue: int = 0
    # Of entities whose people are paid by a provider: salaries, and what of them was absorbed into projects.
    payroll: int = 0
    absorbed: int = 0

    @property
    def margin(self) -> int:
        """Both revenues less both costs."""
        return self.revenue + self.intercompany_revenue - self.cost - self.intercompany_cost

    @property
    def variance(self) -> int:
        """Bench and absorption variance (I08)."""
        return self.payroll - self.absorbed


@dataclass(slots=True)
class Dealing:
    """What one entity charged another in a month and is owed at its end: in the currency of the provider, and as the
    receiver has it in its books, what is owed after remeasurement."""

    charged: int = 0
    booked: int = 0
    owed: int = 0
    carried: int = 0


# What deeds and contracts say of it; the rest is sums of engagements, or translated from these.
BY_DEEDS = (
    "intercompany_revenue",
    "intercompany_cost",
    "intercompany_receivable",
    "intercompany_payable",
    "intercompany_fx",
)
