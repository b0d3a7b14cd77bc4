"""Triggers: at simulated times the sandbox calls a job of the engine under test, and waits until it has answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pydantic import ValidationError

from sandbox.core.clock import SECOND_US
from sandbox.core.durations import length_us
from sandbox.core.errors import UsageError
from sandbox.interface import Interface, Trigger

# Name, address, simulated instant; whether the job is done when it answers.
Caller = Callable[[str, str, str], bool]


class Triggers:
    """The triggers of one interface contract. ``call`` is the driver's."""

    def __init__(self, triggers: Sequence[Trigger], caller: Caller) -> None:
        self.all = tuple(triggers)
        self._caller = caller

    def due(self, now_us: int) -> tuple[int, list[Trigger]] | None:
        """When the next ones ring after an instant, and which; None without any."""
        if not self.all:
            return None
        times = [(trigger.next_us(now_us), trigger) for trigger in self.all]
        earliest = min(at for at, _ in times)
        return earliest, [trigger for at, trigger in times if at == earliest]

    def call(self, trigger: Trigger, now_iso: str) -> bool:
        """Call a job; whether it is done. Raises UsageError when nobody answers there or it fails."""
        return self._caller(trigger.name, trigger.url, now_iso)


# name=URL, and how often where the interface contract does not say it.
_SAID = re.compile(r"(?P<name>[\w-]+)=(?P<url>https?://[^,\s]+)(,(?P<how>every|daily)=(?P<when>[\w:]+))?")
_FORM = "NAME=URL[,every=15min|,daily=02:00]"


def with_triggers(interface: Interface, said: Sequence[str]) -> Interface:
    """The interface contract with triggers said on a command line, each ``NAME=URL[,every=15min|,daily=02:00]``.

    One whose name the contract knows replaces that one, and keeps its times unless others are said. Raises UsageError.
    """
    triggers = {trigger.name: trigger for trigger in interface.triggers}
    for text in said:
        new = _trigger(text, triggers)
        triggers[new.name] = new
    return interface.model_copy(update={"triggers": tuple(triggers.values())})


def _trigger(text: str, known: Mapping[str, Trigger]) -> Trigger:
    found = _SAID.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no trigger; expected {_FORM}", code="bad_trigger")
    name, url, how, when = found["name"], found["url"], found["how"], found["when"]
    if how is None and name not in known:
        raise UsageError(
            f"trigger {name}: the interface contract does not say when; expected {_FORM}", code="bad_trigger"
        )
    times: dict[str, int | str | None]
    if how is None:
        times = {"every_s": known[name].every_s, "daily_at": known[name].daily_at}
    elif how == "every":
        times = {"every_s": length_us(when) // SECOND_US}
    else:
        times = {"daily_at": when}
    try:
        return Trigger.model_validate({"name": name, "url": url, **times})
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        raise UsageError(f"trigger {name}: {when}: {first['msg']}", code="bad_trigger") from wrong


__all__ = ["Caller", "Trigger", "Triggers", "with_triggers"]
