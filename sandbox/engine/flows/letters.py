"""Dead letters as work: each is a case of the CRM that its owner closes with a word, and the word is acted on.

Level-triggered: whatever changed, letter and case are looked at as they stand and brought together. A case that cannot
be written is tried again like any work and never holds up the letter, nor anything else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.core.clock import iso_z
from sandbox.engine.connectors.crm import Case, DealEvent
from sandbox.engine.context import Context, digest
from sandbox.engine.policy import FINANCE
from sandbox.engine.store import OPEN, WAIVED, DeadLetter, NewWork, Work

LETTERS = "letters"
# What a case of ours may be called at most.
_KEY_MAX = 80
# How the CRM calls the owners, and what they may say (mocks/crm, Case).
_TEAMS = {FINANCE: "Finance"}
_CORRECTED, _REPLAYED, _WAIVED = "Corrected", "Replayed", "Waived"

Again = Callable[[DeadLetter], Awaitable[NewWork]]


class LettersFlow:
    """Dead letters to cases, and the owners' words back. ``again`` makes the work of a replay where a flow's payload
    is a picture of its source that may be out of date."""

    name = LETTERS

    def __init__(self, context: Context, again: Mapping[str, Again], about: Callable[[DeadLetter], str]) -> None:
        self._c = context
        self._again = again
        self._about = about

    async def handle(self, work: Work) -> None:
        """Do what the owner said; else let the case show how the letter stands."""
        letter = await self._c.store.letter(work.key)
        if letter is None:
            return
        case = await self._c.crm.case(case_key(letter.letter_id))
        if letter.state == OPEN and case is not None and case.word and case.word != letter.acted:
            await self._act(letter, case)
        else:
            await self._file(letter, case)

    async def _act(self, letter: DeadLetter, case: Case) -> None:
        context, now_us = self._c, self._c.ports.now_us()
        told = {"id": letter.letter_id, "flow": letter.flow, "case": case.case_id}
        if case.resolution == _WAIVED:
            await context.store.waive_letter(letter, case.word, now_us)
            context.ports.note("engine", event="letter waived", dl=told)
        elif context.policy.replays_letters():
            read_again = self._again.get(letter.flow)
            again = await read_again(letter) if read_again is not None else _as_it_was(context, letter)
            await context.store.replay_letter(letter, case.word, again, now_us)
            context.ports.note("engine", event="letter replayed", dl=told)

    async def _file(self, letter: DeadLetter, case: Case | None) -> None:
        """Make or change the case: its key is the letter's, so that it stands once however often it is sent."""
        context = self._c
        fields = _particulars(letter, self._about(letter), iso_z(context.ports.clock.epoch, letter.due_us))
        is_open = letter.state == OPEN
        if case is None or case.closed == is_open:
            word = None if is_open else _WAIVED if letter.state == WAIVED else _CORRECTED
            fields |= {"Status": "New" if is_open else "Closed", "Resolution__c": word}
        key = case_key(letter.letter_id)
        await context.crm.put_case(context.policy.create_key(key), key, fields)


def case_work(context: Context, letter_id: str) -> NewWork | None:
    """The work of bringing letter and case together; None for an engine that tells nobody."""
    return NewWork(LETTERS, letter_id, letter_id, tier=2) if context.policy.files_cases() else None


async def told_by_cases(context: Context, events: Iterable[DealEvent]) -> list[NewWork]:
    """The work that changes of cases mean: those of our letters are looked at."""
    case_ids = [case_id for event in events if event.entity == "Case" for case_id in event.record_ids]
    if not case_ids:
        return []
    keys = set(await context.crm.letter_keys(list(dict.fromkeys(case_ids))))
    letters = [letter.letter_id for letter in context.store.all_letters() if case_key(letter.letter_id) in keys]
    return [work for letter_id in letters if (work := case_work(context, letter_id)) is not None]


def case_key(letter_id: str) -> str:
    """What the case of a letter is called: ``time:5025892979``, cut to what the CRM takes."""
    key = letter_id.replace(" ", ":", 1)
    return key if len(key) <= _KEY_MAX else f"{key[: _KEY_MAX - 17]}~{digest(key)}"


def _as_it_was(context: Context, letter: DeadLetter) -> NewWork:
    """The same work under the same key: what it did before it was given up is found, not done twice (Z70)."""
    lane = context.policy.lane(letter.key, letter.letter_id)
    return NewWork(letter.flow, lane, letter.key, letter.payload, is_news=False)


def _particulars(letter: DeadLetter, about: str, due: str) -> dict[str, Any]:
    """Amount only where it is money; minutes stand in the subject."""
    amount, _, currency = letter.amount.partition(" ")
    is_money = len(currency) == 3 and currency.isupper()
    what = f"{letter.flow} {letter.key}" + (f", {letter.amount}" if letter.amount else "")
    return {
        "Subject": f"{what} was refused"[:255],
        "Description": letter.reason[:32000],
        "Origin": "Web",
        "Owner_Team__c": _TEAMS.get(letter.owner, letter.owner),
        "Due_Date__c": due,
        "Flow__c": letter.flow,
        "Record_Key__c": about[:_KEY_MAX],
        **({"Amount__c": Decimal(amount), "CurrencyIsoCode": currency} if is_money else {}),
    }
