"""The attributes of staffing records, as data."""

from __future__ import annotations

from mocks.kit.records import BadValue, Field, coerce
from mocks.psa.intake import Intake
from mocks.psa.intakes import INLINE_REFERENCE

_DAY = Field("day", "date")

WORKSPACE_RESOURCE = Intake(
    "workspace_resource",
    (
        Field("workspace_id", "reference", required=True),
        Field("user_id", "reference"),
        Field("role_id", "reference"),
        Field("label"),
    ),
)

# Written as ``resource_id``, read as ``workspace_resource_id`` (section 7).
WORKSPACE_ALLOCATION = Intake(
    "workspace_allocation",
    (
        Field("resource_id", "reference", required=True),
        Field("start_date", "date", required=True),
        Field("end_date", "date", required=True),
        Field("minutes", "minutes", required=True),
        Field("hard", "bool"),
        Field("notes"),
    ),
    nested=INLINE_REFERENCE,
)

SKILL = Intake("skill", (Field("name", required=True),))

SKILL_MEMBERSHIP = Intake(
    "skill_membership",
    (
        Field("skill_id", "reference", required=True),
        Field("user_id", "reference", required=True),
        Field("level", "int"),
    ),
)

TIME_OFF_ENTRY = Intake(
    "time_off_entry",
    plural="time_off_entries",
    fields=(
        Field("user_id", "reference", required=True),
        Field("requested_date", "date", required=True),
        Field("hours", "decimal", required=True),
    ),
    nested=INLINE_REFERENCE,
)

COST_RATE = Intake(
    "cost_rate",
    (
        Field("account_membership_id", "reference", required=True),
        Field("currency", required=True),
        Field("amount_in_subunits", "int", required=True),
    ),
)


def day(text: str | None) -> str | None:
    """A date of a query string as stored; None when it is none."""
    try:
        stored: str | None = coerce(_DAY, text)
    except BadValue:
        return None
    return stored
