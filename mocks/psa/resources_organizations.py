"""Organizations, their memberships and rate card sets, as data."""

from __future__ import annotations

from mocks.psa import present_organizations, records
from mocks.psa.associations import BelongsTo, HasMany
from mocks.psa.query import column_flag, equals
from mocks.psa.records_organizations import ORGANIZATION, ORGANIZATION_MEMBERSHIP, RATE_CARD_SET
from mocks.psa.resource import Resource

ORGANIZATIONS = Resource(
    "organizations",
    ORGANIZATION,
    present_organizations.organization,
    "organization",
    filters={"type": equals("type"), "parent_id": equals("parent_id")},
    orders=("name",),
    searched=("name",),
    associations={
        "parent": BelongsTo(ORGANIZATION, "parent_id"),
        "children": HasMany(ORGANIZATION, "parent_id", "child_ids"),
    },
)
ORGANIZATION_MEMBERSHIPS = Resource(
    "organization_memberships",
    ORGANIZATION_MEMBERSHIP,
    present_organizations.organization_membership,
    "organization membership",
    filters={
        "member_type": equals("member_type"),
        "member_id": equals("member_id"),
        "department_id": equals("department_id"),
        "geography_id": equals("geography_id"),
        "primary": column_flag('"primary"'),
    },
    associations={
        "department": BelongsTo(ORGANIZATION, "department_id"),
        "geography": BelongsTo(ORGANIZATION, "geography_id"),
    },
)
RATE_CARD_SETS = Resource(
    "rate_card_sets",
    RATE_CARD_SET,
    present_organizations.rate_card_set,
    "rate card set",
    orders=("title",),
    associations={"rate_cards": HasMany(records.RATE_CARD, "rate_card_set_id", "rate_card_ids")},
)

ALL = (ORGANIZATIONS, ORGANIZATION_MEMBERSHIPS, RATE_CARD_SETS)
