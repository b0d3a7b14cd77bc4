"""From a profile and a seed to the explicit list of faults of a run."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.core.chance import Chance, Stream
from sandbox.core.clock import SECOND_US
from sandbox.faults.profiles import FaultProfile, FaultRule
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
                nth=stream.below(3),
                params=_params(rule, stream),
            )


def _params(rule: FaultRule, stream: Stream) -> dict[str, str | int | bool]:
    params: dict[str, str | int | bool] = {"actors": rule.actors}
    if rule.kind == "W02":
        params["delay_us"] = stream.between(*rule.delay_s) * SECOND_US
    elif rule.kind == "W04":
        params["created"] = rule.created
    elif rule.kind == "M01":
        params["window_us"] = stream.between(*rule.window_s) * SECOND_US
        params["form"] = rule.retry_after
    elif rule.kind == "E01":
        params["copies"] = stream.between(*rule.copies)
    elif rule.kind == "E02":
        params["draw"] = stream.u64() >> 1
    return params
