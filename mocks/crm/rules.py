"""The life of a record, whatever its object: created, updated, deleted.

What is particular to an object is its behaviour: ``prepare`` derives and checks fields before a write, ``settle``
carries consequences to other records after it, ``removable`` may refuse a deletion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from mocks.crm import (
    errors,
    rules_cases,
    rules_catalogue,
    rules_contacts,
    rules_contracts,
    rules_opportunities,
    rules_orders,
    rules_quotes,
)
from mocks.crm.fields import Column
from mocks.crm.objects import SObject
from mocks.crm.organisation import Desk
from mocks.crm.rules_uniques import check_uniques
from sandbox.core.observe import Row
from sandbox.core.wire import canonical

Given = Mapping[str, Any]


class Behaviour(Protocol):
    """What an object adds to the common life."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Given) -> None:
        """Derive fields of ``new`` in place; raises CrmRefusal. ``old`` is None for a create.

        ``given`` is everything the client sent, also what equals the old value: sending it may mean something.
        """

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Carry the change to other records; ``new`` is None after a delete."""

    def removable(self, desk: Desk, row: Row) -> None:
        """Raises CrmRefusal when the record must stay."""


BEHAVIOURS: dict[str, Behaviour] = {
    "Contact": rules_contacts.ContactBehaviour(),
    "Opportunity": rules_opportunities.OpportunityBehaviour(),
    "OpportunityLineItem": rules_opportunities.LineBehaviour(),
    "Contract": rules_contracts.ContractBehaviour(),
    "Quote": rules_quotes.QuoteBehaviour(),
    "QuoteLineItem": rules_quotes.QuoteLineBehaviour(),
    "Order": rules_orders.OrderBehaviour(),
    "OrderItem": rules_orders.OrderItemBehaviour(),
    "Case": rules_cases.CaseBehaviour(),
    "Pricebook2": rules_catalogue.PricebookBehaviour(),
    "PricebookEntry": rules_catalogue.PricebookEntryBehaviour(),
}


def create(desk: Desk, sobject: SObject, given: Given) -> Row:
    """A new record with defaults and derived fields; raises CrmRefusal."""
    new: Row = {**sobject.blank, **given}
    if sobject.owned and new["OwnerId"] is None:
        new["OwnerId"] = desk.user_id
    if sobject.currency in ("writable", "fixed") and new["CurrencyIsoCode"] is None:
        new["CurrencyIsoCode"] = desk.org.corporate_currency
    new["LastModifiedById"] = desk.user_id
    _check(desk, sobject, given, new, sobject.required)
    behaviour = BEHAVIOURS.get(sobject.name)
    if behaviour is not None:
        behaviour.prepare(desk, None, new, given)
    row = desk.store.insert(sobject.name, new, label=_label(sobject, given))
    if behaviour is not None:
        behaviour.settle(desk, None, row)
    if desk.policies is not None:
        desk.policies.check(desk, sobject, row, row.keys())
    return row


def update(desk: Desk, sobject: SObject, old: Row, given: Given) -> bool:
    """Write what differs; True when something did. Raises CrmRefusal."""
    changed = {name: value for name, value in given.items() if old[name] != value}
    if not changed:
        return False
    # Sent again with the value they have, fixed fields are no harm: a repeated upsert must succeed.
    fixed = [name for name in changed if not sobject.by_name[name].updateable]
    if fixed:
        raise errors.read_only(fixed)
    new: Row = {**old, **changed}
    _check(desk, sobject, changed, new, tuple(name for name in sobject.required if name in changed))
    behaviour = BEHAVIOURS.get(sobject.name)
    if behaviour is not None:
        behaviour.prepare(desk, old, new, given)
    written = {name: value for name, value in new.items() if old[name] != value}
    if not written:
        return False
    row = desk.store.update(sobject.name, old["Id"], {**written, "LastModifiedById": desk.user_id})
    if behaviour is not None:
        behaviour.settle(desk, old, row)
    if desk.policies is not None:
        desk.policies.check(desk, sobject, row, written.keys())
    return True


def delete(desk: Desk, sobject: SObject, row: Row) -> None:
    """Put a record into the bin with what belongs to it; raises CrmRefusal when something else hangs on it."""
    _remove(desk, sobject, row)
    behaviour = BEHAVIOURS.get(sobject.name)
    if behaviour is not None:
        behaviour.settle(desk, row, None)


def _remove(desk: Desk, sobject: SObject, row: Row) -> None:
    behaviour = BEHAVIOURS.get(sobject.name)
    if behaviour is not None:
        behaviour.removable(desk, row)
    below = desk.org.schema.children[sobject.name]
    hanging = [(child, column, _children(desk, child, column, row["Id"])) for child, column in below]
    for child, column, rows in hanging:
        if rows and column.on_delete == "restrict":
            names = ", ".join(str(each[child.name_field]) for each in rows[:5])
            raise errors.delete_failed(str(row[sobject.name_field]), f"the following {child.plural}: {names}")
    for child, column, rows in hanging:
        for each in rows:
            if column.on_delete == "cascade":
                _remove(desk, child, each)
            else:
                desk.store.update(child.name, each["Id"], {column.name: None, "LastModifiedById": desk.user_id})
    desk.store.delete(sobject.name, row["Id"])


def _children(desk: Desk, child: SObject, column: Column, parent_id: str) -> list[Row]:
    return desk.store.find(child.name, {column.name: parent_id})


def _check(desk: Desk, sobject: SObject, given: Given, new: Row, required: tuple[str, ...]) -> None:
    missing = [name for name in required if new[name] is None]
    if missing:
        raise errors.required_missing(missing)
    if "CurrencyIsoCode" in given and new["CurrencyIsoCode"] not in desk.org.currencies:
        raise errors.bad_choice("Currency ISO Code", "CurrencyIsoCode", new["CurrencyIsoCode"])
    for column in sobject.references:
        value = given.get(column.name)
        if value is not None and not _exists(desk, str(column.refers_to), value):
            raise errors.cross_reference(column.name)
    check_uniques(desk, sobject, given, new.get("Id"))


def _exists(desk: Desk, name: str, record_id: str) -> bool:
    return bool(desk.store.read(f'SELECT 1 FROM "{name}" WHERE "Id" = ? AND "_deleted" = 0', (record_id,)))


def _label(sobject: SObject, given: Given) -> str:
    """What the id derives from: a unique code when there is one, else what the client sent."""
    for column in sobject.uniques:
        value = given.get(column.name)
        if value is not None:
            return f"{column.name}={value}"
    return canonical(given).decode()
