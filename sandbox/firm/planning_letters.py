"""Dead letters as people see them: cases of a team, dealt with on a day by mending the cause or by giving up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sandbox.firm.planning_office import Office
from sandbox.plan import Deed, Remedy, ScriptedEngagement

# A case's word as the CRM spells it.
_WORDS = {"corrected": "Corrected", "waived": "Waived"}


def letter_deeds(office: Office, engagements: Sequence[ScriptedEngagement], booked: Sequence[Deed]) -> list[Deed]:
    """Finance mends what made time unpostable and closes its cases, or waives them."""
    entities = {terms.code: terms.entity for terms in engagements}
    deeds: list[Deed] = []
    for remedy in office.scenario.remedies:
        deeds += _remedy_deeds(office, remedy, f"finance-{entities[remedy.engagement].lower()}", booked)
    return deeds


def _remedy_deeds(office: Office, remedy: Remedy, finance: str, booked: Sequence[Deed]) -> Iterable[Deed]:
    after: tuple[str, ...] = ()
    if remedy.outcome == "corrected":
        add = f"add item {remedy.role} {remedy.on}"
        yield office.deed(add, finance, "add_item", remedy.on, "13:30", {"role": remedy.role})
        after = (add,)
    args = {
        "engagement": remedy.engagement,
        "resolution": _WORDS[remedy.outcome],
        "cards": list(_cards(remedy, booked)),
    }
    label = f"resolve {remedy.engagement} {remedy.person} {remedy.first}"
    yield office.deed(label, finance, "resolve_case", remedy.on, "14:00", args, after=after)


def _cards(remedy: Remedy, booked: Sequence[Deed]) -> Iterable[dict[str, Any]]:
    """The bookings whose letters are meant."""
    for deed in booked:
        for sheet in deed.args["sheets"] if deed.verb == "book" else ():
            for booking in sheet["bookings"]:
                mine = (sheet["engagement"], deed.person, booking["role"])
                in_span = remedy.first <= date.fromisoformat(booking["on"]) <= remedy.last
                if mine == (remedy.engagement, remedy.person, remedy.role) and in_span:
                    yield {name: booking[name] for name in ("ref", "on", "role")} | {"person": deed.person}
