"""Figures of an entity's books, or of the group's, worked out by hand."""

from __future__ import annotations

from pydantic import Field

from sandbox.plan.shape import Amount, Shape

# The key of the group among the entities.
GROUP = "GROUP"


class EntityFigures(Shape):
    """Books of an entity in a month, in its currency (``GROUP``: of all, in the group's); every key is optional and
    compared when given. Income, cost and gains are of the month, balances at its end."""

    # From clients, less what was granted them.
    revenue: Amount | None = None
    # Direct cost of projects: own people, subcontractors, expenses.
    cost: Amount | None = None
    intercompany_revenue: Amount | None = None
    intercompany_cost: Amount | None = None
    # Both revenues less both costs.
    margin: Amount | None = None
    # As carried, after remeasurement: a claim or debt is above zero.
    intercompany_receivable: Amount | None = None
    intercompany_payable: Amount | None = None
    # Gains, losses below zero.
    realised_fx: Amount | None = None
    unrealised_fx: Amount | None = None
    # Of it, on claims and debts between entities.
    intercompany_fx: Amount | None = None
    # In the currency of the group: income at the month's average rate, balances at its closing rate.
    intercompany_revenue_translated: Amount | None = None
    intercompany_receivable_translated: Amount | None = None
    # Of the group alone: what elimination leaves of the four accounts between entities.
    elimination_residue: Amount | None = None
    # Salaries by posting month (6000), and what of them was absorbed into projects (6090).
    payroll: Amount | None = None
    absorbed: Amount | None = None
    # Payroll less absorbed: bench and absorption variance (I08).
    variance: Amount | None = None
    # How the figures come about, operand by operand.
    how: dict[str, str] = Field(default_factory=dict)
