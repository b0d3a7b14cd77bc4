"""Kantata's records of how the firm is divided: geographies, departments, who belongs to them, sets of rate cards."""

from __future__ import annotations

from mocks.kit.records import Field, RecordType

GEOGRAPHY, DEPARTMENT = "Geography", "Department"
ORGANIZATION_TYPES = (GEOGRAPHY, DEPARTMENT)
# What a membership may be of, and the record type that is.
MEMBER_TYPES = {"user": "user", "workspace": "workspace"}

ORGANIZATION = RecordType(
    "organization",
    (
        Field("name"),
        Field("type", "picklist", choices=ORGANIZATION_TYPES),
        Field("parent_id", "reference", refers_to="organization"),
    ),
)
ORGANIZATION_MEMBERSHIP = RecordType(
    "organization_membership",
    (
        Field("member_type", "picklist", choices=tuple(MEMBER_TYPES)),
        Field("member_id", "reference"),
        Field("department_id", "reference", refers_to="organization"),
        Field("geography_id", "reference", refers_to="organization"),
        Field("primary", "bool", default=0),
    ),
)
# The cards of one price list in several currencies.
RATE_CARD_SET = RecordType("rate_card_set", (Field("title", unique=True),))

ALL = (ORGANIZATION, ORGANIZATION_MEMBERSHIP, RATE_CARD_SET)

INDEXES = ('CREATE INDEX "organization_membership.member" ON organization_membership(member_id)',)
