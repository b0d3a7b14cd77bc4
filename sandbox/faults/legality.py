"""Which faults may be planned: none that an engine could not survive whatever it did (verification.md section 3.3).

An engine is judged for what it makes of a fault. So a fault may not exceed a bound the struck system publishes, nor
ask for what the interface contract says the system does not offer. What is not allowed is told with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.faults.shapes import FaultRule
from sandbox.interface import Interface

# Seconds the events of a stream are kept, as the systems publish them in their manuals; no other system announces.
RETENTION_S: Mapping[str, int] = {"crm": 72 * 3600, "psa": 9 * 24 * 3600}
# The streams that promise no order, so that none is broken.
UNORDERED = ("psa",)
# The systems that answer a batch item by item: rows of an upload. The PSA's batches are all or none.
ITEM_RESULTS = ("revenue",)
# What a torn event may be about: that its news can be learned elsewhere, by the look of the interface contract named.
ELSEWHERE: Mapping[tuple[str, str], str] = {("psa", "time_entry:updated"): "psa.sweep"}
# Verification.md section 3.1.
LATE_S_MAX = 30 * 60
# An outage leaves half of the shortest retention for reading what was missed.
OUTAGE_S_MAX = min(RETENTION_S.values()) // 2
_REPEATABLE = ("key", "extid")

# The field that is wrong, and why.
Objection = tuple[str, str]


def objection(rule: FaultRule, interface: Interface) -> Objection | None:
    """What speaks against a rule; None when nothing does."""
    judge = _JUDGES.get(rule.kind)
    return judge(rule, interface) if judge is not None else None


def _outage(rule: FaultRule, interface: Interface) -> Objection | None:
    if rule.system is None:
        return "kind", "W01 must name its system: an outage is one system's"
    if rule.window_s[1] > OUTAGE_S_MAX:
        return "window_s", f"W01 lasts {OUTAGE_S_MAX // 3600} h at most, got {rule.window_s[1]} s"
    return None


def _late(rule: FaultRule, interface: Interface) -> Objection | None:
    if rule.system is None:
        return "kind", "W06 must name its system: not every system makes a late create harmless"
    offers = interface.capabilities[rule.system]
    if offers not in _REPEATABLE:
        return "system", (
            f"W06 strikes where a create can be repeated by key or external id; {rule.system} offers {offers}: "
            "a create that is still to come cannot be told from one that never will"
        )
    if rule.delay_s[1] > LATE_S_MAX:
        return "delay_s", f"W06 executes within {LATE_S_MAX} s of the client's time-out, got {rule.delay_s[1]}"
    return None


def _lost(rule: FaultRule, interface: Interface) -> Objection | None:
    if rule.system is not None and interface.capabilities[rule.system] == "none":
        return "system", (
            f"{rule.kind} strikes where a doubtful write can be repeated or looked up; {rule.system} offers none of it"
        )
    return None


def _partial(rule: FaultRule, interface: Interface) -> Objection | None:
    if rule.system not in ITEM_RESULTS:
        return "kind" if rule.system is None else "system", (
            f"M08 strikes batches that are answered item by item: {', '.join(ITEM_RESULTS)} only"
        )
    return None


def _announced(rule: FaultRule, interface: Interface) -> Objection | None:
    if rule.system is not None and rule.system not in RETENTION_S:
        return "system", f"{rule.kind} strikes events, and {rule.system} announces none"
    return None


def _reordered(rule: FaultRule, interface: Interface) -> Objection | None:
    if rule.system not in UNORDERED:
        return "kind" if rule.system is None else "system", (
            f"E02 strikes streams that promise no order: {', '.join(UNORDERED)} only"
        )
    return None


def _delayed(rule: FaultRule, interface: Interface) -> Objection | None:
    silent = _announced(rule, interface)
    if silent is not None:
        return silent
    kept_s = min(seconds for system, seconds in RETENTION_S.items() if rule.system in (None, system))
    away_s = rule.delay_s[1] + (rule.window_s[1] if rule.kind == "E16" else 0)
    if away_s > kept_s // 2:
        return "delay_s", (
            f"{rule.kind} must leave half of the {kept_s // 3600} h for which events are kept, got {away_s} s"
        )
    return None


def _torn(rule: FaultRule, interface: Interface) -> Objection | None:
    if rule.system is None:
        return "kind", "E13 must name its system: the news of a torn event must be learned elsewhere"
    source = ELSEWHERE.get((rule.system, rule.about))
    if source is None or source not in interface.polling:
        return "about", (
            f"the news of a torn event must be learned elsewhere: no look of the interface contract brings "
            f"{rule.about or 'events'} of {rule.system}"
        )
    return None


_JUDGES: Mapping[str, Callable[[FaultRule, Interface], Objection | None]] = {
    "W01": _outage,
    "W04": _lost,
    "W06": _late,
    "M05": _lost,
    "M08": _partial,
    "E01": _announced,
    "E02": _reordered,
    "E03": _delayed,
    "E13": _torn,
    "E16": _delayed,
}
