"""The person surface for the close in several currencies: recharge, remeasure, translate, and look."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mocks.erp import group_books
from mocks.erp.books import Books, shown
from mocks.erp.errors import ErpRefusal
from mocks.erp.rules_intercompany import intercompany
from mocks.erp.rules_periods import required
from mocks.erp.rules_rates import symbol_of
from mocks.erp.rules_revaluation import revalue
from mocks.erp.ui import Form, PeriodForm
from mocks.kit.app import Call
from mocks.kit.person import Actions, FormRefused
from sandbox.core.observe import Row
from sandbox.core.periods import Period

ACTIONS = Actions()
Result = TypeVar("Result")


class EntityForm(Form):
    """A subsidiary by its code."""

    subsidiary: str


class EntityPeriodForm(PeriodForm):
    """A subsidiary and a period."""

    subsidiary: str


class TrialBalanceForm(EntityPeriodForm):
    """A subsidiary, a period, and the currency of the group to translate into; none for the books themselves."""

    currency: str | None = None


class GroupForm(PeriodForm):
    """A period and the currency of the group."""

    currency: str


@ACTIONS.add("revalue", EntityPeriodForm)
def revalue_period(call: Call, form: EntityPeriodForm) -> list[dict[str, str]]:
    """Bring open foreign items to the closing rate; the reversal is dated the next period's first day."""
    books, period, subsidiary = call.mock.books, _period(call, form.period), _row(call, "subsidiary", form.subsidiary)
    return [
        {
            "currency": symbol_of(books, each.journal["currency"]),
            "rate": each.journal["exchangeRate"],
            "tran_id": each.journal["tranId"],
            "reversal": each.reversal["tranId"],
            "gain": shown(each.gain),
        }
        for each in _posted(books, lambda: revalue(books, subsidiary, period))
    ]


@ACTIONS.add("intercompany", PeriodForm)
def recharge(call: Call, form: PeriodForm) -> list[dict[str, str]]:
    """Recharge what the people of one entity cost another, one document per pair."""
    books, period = call.mock.books, _period(call, form.period)
    return [
        {
            "document": each.document,
            "provider": books.known("subsidiary", each.provider["subsidiary"])["externalId"],
            "receiver": books.known("subsidiary", each.receiver["subsidiary"])["externalId"],
            "currency": symbol_of(books, each.provider["currency"]),
            "amount": shown(each.amount),
            "rate": each.receiver["exchangeRate"],
            "provider_journal": each.provider["tranId"],
            "receiver_journal": each.receiver["tranId"],
        }
        for each in _posted(books, lambda: intercompany(books, period))
    ]


@ACTIONS.add("consolidated_rates", PeriodForm)
def consolidated_rates(call: Call, form: PeriodForm) -> list[dict[str, str | None]]:
    """Work out the rates of a period between the subsidiaries."""
    books, period = call.mock.books, _period(call, form.period)
    return [
        {
            "period": form.period,
            "from": books.known("subsidiary", row["fromSubsidiary"])["externalId"],
            "to": books.known("subsidiary", row["toSubsidiary"])["externalId"],
            "average": row["averageRate"],
            "closing": row["currentRate"],
            "historical": row["historicalRate"],
        }
        for row in group_books.consolidated_rates(books, period)
    ]


@ACTIONS.add("trial_balance", TrialBalanceForm)
def trial_balance(call: Call, form: TrialBalanceForm) -> list[dict[str, str]]:
    """The books of a subsidiary at the end of a period, in its own currency or translated."""
    books, period, subsidiary = call.mock.books, _period(call, form.period), _row(call, "subsidiary", form.subsidiary)
    if form.currency is None:
        return group_books.trial_balance(books, subsidiary, period)
    into = _row(call, "currency", form.currency)["id"]
    return _told(lambda: group_books.translated(books, subsidiary, period, into))


@ACTIONS.add("elimination", GroupForm)
def elimination(call: Call, form: GroupForm) -> list[dict[str, str]]:
    """What the entities owe and charge each other, translated."""
    books, period, into = call.mock.books, _period(call, form.period), _row(call, "currency", form.currency)["id"]
    return _told(lambda: group_books.elimination(books, period, into))


@ACTIONS.add("bank_balances", EntityForm)
def bank_balances(call: Call, form: EntityForm) -> list[dict[str, str]]:
    """The bank accounts of a subsidiary, one per currency."""
    return group_books.bank_balances(call.mock.books, _row(call, "subsidiary", form.subsidiary))


def _posted(books: Books, act: Callable[[], Result]) -> Result:
    """What an accountant posts, also into a soft-closed period."""
    with books.as_accountant():
        return _told(act)


def _told(act: Callable[[], Result]) -> Result:
    """What a rule refuses, as a screen says it."""
    try:
        return act()
    except ErpRefusal as refusal:
        raise FormRefused(refusal.message) from refusal


def _period(call: Call, text: str) -> Row:
    return required(call.mock.books, Period.parse(text))


def _row(call: Call, type_name: str, code: str) -> Row:
    row: Row | None = call.mock.books.by(type_name, "externalId", code)
    if row is None:
        raise FormRefused(f"no {type_name} {code}", field=type_name)
    return row
