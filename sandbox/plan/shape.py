"""The base of every shape, and the kinds of text and number they share.

Amounts are Decimals in the engagement's currency, rates per hour, time in minutes, instants in microseconds since the
scenario epoch.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sandbox.core.periods import Period


def _is_period(text: str) -> str:
    return str(Period.parse(text))


Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{1,19}$")]
EmployeeId = Annotated[str, Field(pattern=r"^W-\d{4}$")]
PeriodText = Annotated[str, AfterValidator(_is_period)]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Rate = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=4)]
Minutes = Annotated[int, Field(gt=0, le=1440)]
# Ways of charging. Time: by the hour, and by the hour up to a price. Fixed fees: over time by hours or by cost, by
# milestone when it is accepted, and billed by milestone but earned by cost. Retainers: hours bought in advance, and
# availability.
Kind = Literal[
    "time_and_materials",
    "capped_time",
    "fixed_fee",
    "fixed_fee_by_cost",
    "milestone",
    "milestone_over_time",
    "prepaid_hours",
    "stand_ready",
]
Grade = Literal["analyst", "consultant", "senior consultant", "manager", "senior manager", "partner"]
Json = Any


class Shape(BaseModel):
    """Fields it knows and no others, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
