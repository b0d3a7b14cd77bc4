"""Fills a fresh tenant: roles, rate cards and users as handed in. Nothing of it appears on the event feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocks.psa import rules_people
from mocks.psa.present import minor_scale
from mocks.psa.records import PERMISSIONS
from mocks.psa.records_organizations import ORGANIZATION_TYPES
from mocks.psa.records_settings import FIELD_SUBJECTS, VALUE_TYPES
from mocks.psa.rules import put_reference
from mocks.psa.shape import fields_of
from sandbox.core.errors import UsageError
from sandbox.core.money import to_scaled
from sandbox.core.tenant_shape import ShapeMistake

if TYPE_CHECKING:
    from mocks.psa.system import Psa
    from sandbox.core.tenants import PsaCustomField, PsaOrganization, PsaRateCard, PsaTenant


def seed(mock: Psa, tenant: PsaTenant) -> None:
    """Fill a fresh tenant; raises UsageError for a permission or rate that Kantata does not have."""
    mock.people.update(tenant.people)
    roles = {
        name: mock.store.insert("role", {"name": name}, label=f"role {name}")["id"] for name in sorted(tenant.roles)
    }
    for kind, names in _lists(tenant):
        for name in names:
            mock.store.insert(kind, {"name": name}, label=f"{kind} {name}")
    _seed_fields(mock, tenant)
    _seed_organizations(mock, tenant.organizations)
    for card in tenant.rate_cards:
        _seed_card(mock, card, roles)
    for user in tenant.users:
        if user.permission not in PERMISSIONS:
            raise UsageError(f"user {user.email}: unknown permission {user.permission!r}", known=PERMISSIONS)
        given = {
            "full_name": user.full_name,
            "email_address": user.email,
            "permission": user.permission,
            "default_role_id": roles[user.role] if user.role is not None else None,
        }
        row = rules_people.invite(mock.store, given)
        if user.employee_id is not None:
            key = {"service_name": "workday", "service_model": "Worker", "service_model_ref": user.employee_id}
            put_reference(mock.store, "User", row["id"], key)
        mock.tokens[user.token] = row["id"]


def _lists(tenant: PsaTenant) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("expense_category", tenant.expense_categories),
        ("vendor", tenant.vendors),
        ("skill", tenant.skills),
    )


def _seed_fields(mock: Psa, tenant: PsaTenant) -> None:
    """Those the account comes with, then those its shape adds."""
    for field in tenant.custom_fields:
        _seed_field(mock, field)
    known = {(each.subject, each.name) for each in tenant.custom_fields}
    for at, (field, required) in enumerate(fields_of(tenant.shape).items()):
        if (field.subject, field.name) in known:
            raise ShapeMistake(("psa", "custom_fields", at, "name"), f"{field.subject} has {field.name} already")
        field_id = _seed_field(mock, field)
        if required:
            asked = {"custom_field_id": field_id, "subject_type": field.subject}
            mock.store.insert("required_field", asked, label=field_id)


def _seed_field(mock: Psa, field: PsaCustomField) -> str:
    for value, known in ((field.subject, FIELD_SUBJECTS), (field.kind, VALUE_TYPES)):
        if value not in known:
            raise UsageError(f"custom field {field.name}: unknown {value!r}", known=known)
    values = {"subject_type": field.subject, "name": field.name, "value_type": field.kind}
    label = f"custom field {field.subject} {field.name}"
    row = mock.store.insert("custom_field", values, label=label)
    for choice in field.choices:
        values = {"custom_field_id": row["id"], "label": choice}
        mock.store.insert("custom_field_choice", values, label=f"{label} {choice}")
    return str(row["id"])


def _seed_organizations(mock: Psa, organizations: tuple[PsaOrganization, ...]) -> None:
    """Parents come before their children; a name counts within its kind."""
    known: dict[tuple[str, str], str] = {}
    for each in organizations:
        if each.kind not in ORGANIZATION_TYPES:
            raise UsageError(f"organization {each.name}: unknown kind {each.kind!r}", known=ORGANIZATION_TYPES)
        if each.parent and (each.kind, each.parent) not in known:
            above = [name for kind, name in known if kind == each.kind]
            raise UsageError(f"organization {each.name}: unknown parent {each.parent!r}", known=above)
        values = {"name": each.name, "type": each.kind, "parent_id": known.get((each.kind, each.parent))}
        row = mock.store.insert("organization", values, label=f"organization {each.kind} {each.name}")
        known[each.kind, each.name] = row["id"]


def _seed_card(mock: Psa, card: PsaRateCard, roles: dict[str, str]) -> None:
    """Rates are whole minor units per hour: the API can say no others."""
    whole = mock.store.one("rate_card_set", {"title": card.name})
    if whole is None:
        whole = mock.store.insert("rate_card_set", {"title": card.name}, label=f"rate card set {card.name}")
    values = {"title": card.name, "currency": card.currency, "rate_card_set_id": whole["id"]}
    name = f"{card.name} {card.currency}"
    row = mock.store.insert("rate_card", values, label=name)
    for version in card.versions:
        day = version.effective.isoformat()
        version_row = mock.store.insert(
            "rate_card_version", {"rate_card_id": row["id"], "effective_date": day}, label=f"{name} {day}"
        )
        for role, amount in sorted(version.rates.items()):
            rate = to_scaled(amount)
            if rate % minor_scale(card.currency):
                raise UsageError(f"rate card {name}: {amount} is finer than the minor unit of {card.currency}")
            mock.store.insert(
                "rate_card_role",
                {
                    "rate_card_version_id": version_row["id"],
                    "role_id": roles[role],
                    "rate": rate,
                    "currency": card.currency,
                },
                label=f"{name} {day} {role}",
            )
