"""A recorder that goes on from a saved history counts and names as if it had never stopped."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

from sandbox.core.observe import Announcement
from sandbox.history.recorder import Record, Recorder
from tests.history.builders import (
    ENGINE,
    PERSON,
    Lines,
    account,
    commit,
    create,
    make_recorder,
    on_behalf_of,
    time_entry,
    update,
)


def first_half(recorder: Recorder) -> None:
    opportunity = create("Opportunity", "006", Engagement_Code__c="NORTH", StageName="Closed Won")
    on_behalf_of(recorder, PERSON, commit("crm", 1, account(), opportunity))
    on_behalf_of(recorder, ENGINE, commit("psa", 1, time_entry("7")))
    approved = update("time_entry", "7", {"approved": 0}, {"approved": 1})
    recorder.committed(commit("psa", 2, approved))


def second_half(recorder: Recorder) -> list[Record]:
    began = len(recorder.records)
    back = update("time_entry", "7", {"approved": 1}, {"approved": 0})
    announced = Announcement("changes", 1, "e-1", (("Opportunity", "006"), ("Account", "001")))
    on_behalf_of(recorder, ENGINE, commit("psa", 3, back))
    lost = update("Opportunity", "006", {"StageName": "a", "Engagement_Code__c": "NORTH"},
                  {"StageName": "b", "Engagement_Code__c": "NORTH"})  # fmt: skip
    recorder.committed(commit("crm", 2, lost, announced=(announced,)))
    return recorder.records[began:]


def test_a_resumed_recorder_goes_on_with_numbers_versions_requests_and_keys() -> None:
    straight, sink = make_recorder(), Lines()
    first_half(straight)
    saved = [orjson.loads(orjson.dumps(record)) for record in straight.records]
    states = {system: _live(straight, system) for system in ("crm", "psa")}
    resumed = make_recorder(sink)
    resumed.resume(saved, states)
    assert (resumed.records, resumed.digest) == (straight.records, straight.digest)
    later = second_half(straight)
    assert second_half(resumed) == later
    assert resumed.digest == straight.digest == blake2b(b"".join(sink.lines), digest_size=16).hexdigest()
    back, lost, event = later[1], later[3], later[4]
    assert (back["seq"], back["rq"], back["ver"], back["key"]) == (9, 2, {"state": 3}, "time:7")
    assert (lost["seq"], lost["key"], lost["ver"]) == (11, "engagement:NORTH", {"deal": 2})
    assert event["covers"] == [
        ["engagement:NORTH", "Opportunity", "006", {"deal": 2}],
        ["client:C-1", "Account", "001", {"identity": 1}],
    ]


def _live(recorder: Recorder, system: str) -> dict[str, Any]:
    """The rows the recorder has learned of a system, as a dump has them."""
    rows = recorder.keybook.rows
    return {name.partition(".")[2]: dict(rows[name]) for name in rows if name.startswith(f"{system}.")}


def test_what_a_recorder_knew_before_it_was_resumed_is_forgotten() -> None:
    recorder = make_recorder()
    first_half(recorder)
    recorder.resume([], {})
    assert (recorder.records, recorder.keybook.rows) == ([], {})
    assert recorder.digest == make_recorder().digest


def test_a_recorder_resumed_from_nothing_counts_from_the_start() -> None:
    recorder = make_recorder()
    first_half(recorder)
    recorder.resume([], {})
    fresh = make_recorder()
    first_half(recorder)
    first_half(fresh)
    assert recorder.records == fresh.records


def test_the_sink_of_a_resumed_recorder_holds_its_history_and_no_more() -> None:
    straight = make_recorder()
    first_half(straight)
    sink = Lines()
    resumed = make_recorder(sink)
    resumed.resume(straight.records, {})
    assert [orjson.loads(line) for line in sink.lines] == resumed.records == straight.records
