"""From a profile and a seed to the explicit list of faults of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sandbox.core.chance import Chance, Stream
from sandbox.core.clock import SECOND_US
from sandbox.faults.shapes import FaultProfile, FaultRule
from sandbox.plan import PlannedFault


def plan_faults(profile: FaultProfile, chance: Chance, start_us: int, end_us: int) -> list[PlannedFault]:
    """Every fault with its time and parameters; each draws from a stream of its own, so one can be taken out alone."""
    return list(_planned(profile, chance, start_us, end_us))


def _planned(profile: FaultProfile, chance: Chance, start_us: int, end_us: int) -> Iterable[PlannedFault]:
    numbers: dict[str, int] = {}
    span = end_us - start_us
    for rule in profile.faults:
        for _ in range(rule.count):
            numbers[rule.kind] = numbers.get(rule.kind, 0) + 1
            fid = f"{rule.kind}#{numbers[rule.kind]}"
            stream = chance.stream("fault", fid)
            low, high = rule.between
            after_us = start_us + span * low // 100 + stream.below(max(1, span * (high - low) // 100))
            yield PlannedFault(
                fid=fid,
                kind=rule.kind,
                system=rule.system,
                after_us=after_us,
                nth=_nth(rule, stream),
                params=_params(rule, stream, end_us),
            )


def _nth(rule: FaultRule, stream: Stream) -> int:
    drawn = stream.below(3)
    if rule.nth is not None:
        return rule.nth
    # An outage lets nobody pass.
    return 0 if rule.kind == "W01" else drawn


Params = dict[str, str | int | bool]


def _params(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    params: Params = {"actors": rule.actors}
    if rule.path is not None:
        params["path"] = rule.path
    params.update(_SPELLED[rule.kind](rule, stream, end_us))
    return params


def _slow(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {"delay_us": stream.between(*rule.delay_s) * SECOND_US}


def _lost(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {"created": rule.created}


def _late(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {"created": rule.created, "delay_us": log_between(stream, *rule.delay_s) * SECOND_US}


def _throttled(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {"window_us": stream.between(*rule.window_s) * SECOND_US, "form": rule.retry_after}


def _outage(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {"window_us": stream.between(*rule.window_s) * SECOND_US}


def _partial(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {"items": stream.between(*rule.items), "draw": stream.u64() >> 1}


def _repeated(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {"copies": stream.between(*rule.copies)}


def _reordered(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {"draw": stream.u64() >> 1}


def _delayed(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {"delay_us": log_between(stream, *rule.delay_s) * SECOND_US, "latest_us": end_us}


def _torn(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {"about": rule.about}


def _skewed(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    window_us = stream.between(*rule.window_s) * SECOND_US
    return {**_delayed(rule, stream, end_us), "window_us": window_us}


def _business(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {"draw": stream.u64() >> 1, "margin_us": log_between(stream, *rule.margin_s) * SECOND_US}


def _bare(rule: FaultRule, stream: Stream, end_us: int) -> Params:
    return {}


_SPELLED: Mapping[str, Callable[[FaultRule, Stream, int], Params]] = {
    "W01": _outage,
    "W02": _slow,
    "W03": _bare,
    "W04": _lost,
    "W06": _late,
    "M01": _throttled,
    "M04": _bare,
    "M05": _bare,
    "M08": _partial,
    "E01": _repeated,
    "E02": _reordered,
    "E03": _delayed,
    "E13": _torn,
    "E16": _skewed,
    "B04": _business,
    "B05": _business,
    "B06": _business,
}


def log_between(stream: Stream, low: int, high: int) -> int:
    """A whole number of the span, log-uniform as far as whole numbers go: each doubling is as likely as the next.

    Draws twice, whatever comes out. ``1 <= low <= high``.
    """
    doublings = (high // low).bit_length()
    first = low << stream.below(doublings)
    return first + stream.below(min(first, high - first + 1))
