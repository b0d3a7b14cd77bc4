"""The history of a whole small story: complete, in one order, and enough to arrive at the final states."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import Any

import orjson

from sandbox.core.wire import SYSTEMS
from sandbox.faults.profiles import load_profile
from sandbox.history.keybook import UNKNOWN, KeyBook
from sandbox.runs import Wanted, make
from sandbox.world import World
from tests.history.builders import INTERFACE
from tests.history.conftest import Story

COMMON = {"seq", "kind", "t_us", "sys", "actor", "phase"}


def test_records_are_numbered_without_a_gap_and_time_never_goes_back(story: Story) -> None:
    assert [record["seq"] for record in story.records] == list(range(len(story.records)))
    instants = [record["t_us"] for record in story.records]
    assert instants == sorted(instants)
    assert len(story.records) > 1_000


def test_the_file_is_the_history_and_the_digest_is_the_files(story: Story) -> None:
    assert [orjson.loads(line) for line in story.lines] == story.records
    assert story.world.recorder.digest == blake2b(b"".join(story.lines), digest_size=16).hexdigest()


def test_every_record_has_the_common_fields_and_no_binary_fraction(story: Story) -> None:
    def fractions(value: Any) -> bool:
        if isinstance(value, dict):
            return any(map(fractions, value.values()))
        return any(map(fractions, value)) if isinstance(value, list) else isinstance(value, float)

    for record in story.records:
        assert record.keys() >= COMMON
    assert not any(fractions(record) for record in story.records)
    assert {record["sys"] for record in story.records} == {*SYSTEMS, "engine", "sandbox"}


def test_phases_follow_each_other(story: Story) -> None:
    phases = list(dict.fromkeys(record["phase"] for record in story.records))
    # The systems are seeded before anything is under load.
    assert phases == ["warmup", "load", "drain", "final"]
    changed = [record["phase"] for record in story.records]
    assert changed == sorted(changed, key=phases.index)


def test_every_request_is_complete_once_with_its_effects_between(story: Story) -> None:
    late = {record["rq"] for record in story.of("fault") if record["fkind"] == "W06"}
    open_rq: int | None = None
    seen: list[int] = []
    for record in story.records:
        if record.get("rq") in late:
            # Its effects and its end come together, when others have been served.
            seen += [record["rq"]] if record["kind"] == "invoke" else []
            assert open_rq is None
        elif record["kind"] == "invoke":
            assert open_rq is None
            open_rq = record["rq"]
            seen.append(record["rq"])
        elif record["kind"] == "complete":
            assert record["rq"] == open_rq
            open_rq = None
        elif record["kind"] in ("change", "effect", "deliver") and record.get("rq") is not None:
            assert record["rq"] == open_rq
    assert open_rq is None
    assert seen == list(range(len(seen)))


def test_whatever_committed_says_so_and_whatever_says_so_committed(story: Story) -> None:
    committed = {record["rq"] for record in story.of("change", "effect") if "rq" in record}
    executed = {record["rq"] for record in story.of("complete") if record["executed"] in ("yes", "later")}
    assert committed == executed
    assert len(executed) > 40


def test_effects_are_the_engines_and_changes_everybody_elses(story: Story) -> None:
    assert {record["actor"].partition(":")[0] for record in story.of("effect")} == {"engine"}
    assert {record["actor"].partition(":")[0] for record in story.of("change")} == {"biz", "sandbox"}
    # A person acts for a deed; a system by itself has neither deed nor request.
    for record in story.of("change"):
        assert ("deed" in record) == ("rq" in record) == record["actor"].startswith("biz:")


def test_the_transactions_of_each_system_are_counted_without_a_gap(story: Story) -> None:
    for system in SYSTEMS:
        changes = [record for record in story.of("change", "effect") if record["sys"] == system]
        numbers = list(dict.fromkeys(record["tx"] for record in changes))
        assert numbers == list(range(1, len(numbers) + 1))
        for tx in numbers:
            inside = [record["tx_seq"] for record in changes if record["tx"] == tx]
            assert inside == list(range(len(inside)))


def test_versions_count_from_one_without_a_gap(story: Story) -> None:
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for record in story.of("change", "effect"):
        for group, version in record.get("ver", {}).items():
            place = (record["sys"], record["record"], record["rec"], group)
            seen[place] += 1
            assert version == seen[place]
    assert max(seen.values()) > 2


def test_the_history_alone_leads_to_the_final_states(story: Story) -> None:
    states: dict[str, dict[str, dict[str, dict[str, Any]]]] = {system: {} for system in SYSTEMS}
    for record in story.of("change", "effect"):
        rows = states[record["sys"]].setdefault(record["record"], {})
        if record["op"] == "create":
            assert record["rec"] not in rows
            rows[record["rec"]] = dict(record["after"])
        elif record["op"] == "update":
            row = rows[record["rec"]]
            for name, value in record["before"].items():
                assert row.get(name) == value
            row.update(record["after"])
        else:
            del rows[record["rec"]]
    for system in SYSTEMS:
        final = {
            name: {record_id: _business(row) for record_id, row in rows.items()}
            for name, rows in story.truth["systems"][system].items()
            if rows
        }
        replayed = {
            name: {record_id: _business(row) for record_id, row in rows.items()}
            for name, rows in states[system].items()
            if rows
        }
        assert replayed == final


def _business(row: dict[str, Any]) -> dict[str, Any]:
    """What a row says, without nulls and the store's own columns."""
    return {name: value for name, value in row.items() if value is not None and name[0] != "_"}


def test_the_end_counts_what_the_final_states_hold(story: Story) -> None:
    counted = {record["sys"]: record["counts"] for record in story.records[-len(SYSTEMS) :]}
    assert counted == {
        system: {name: len(rows) for name, rows in story.truth["systems"][system].items() if rows} for system in SYSTEMS
    }


def test_keys_found_on_the_way_are_those_of_the_final_states(story: Story) -> None:
    book = KeyBook(INTERFACE)
    book.load(story.truth["systems"])
    on_the_way = story.world.recorder.keybook
    ruled = [(record, each) for record, rows in book.rows.items() if record in INTERFACE.records for each in rows]
    assert len(ruled) > 50
    assert {place: book.key(*place) for place in ruled} == {place: on_the_way.key(*place) for place in ruled}


def test_everything_the_engine_writes_is_resolved_when_it_is_written(story: Story) -> None:
    ruled = [record for record in story.of("effect") if f"{record['sys']}.{record['record']}" in INTERFACE.records]
    assert len(ruled) > 30
    assert [record for record in ruled if record["key"] == UNKNOWN] == []


def test_events_come_once_in_the_order_of_their_stream_and_are_delivered_after(story: Story) -> None:
    emitted: dict[tuple[str, str], list[int]] = {}
    events: dict[tuple[str, str], set[str]] = {}
    for record in story.of("emit", "deliver"):
        stream = (record["sys"], record["stream"])
        if record["kind"] == "emit":
            assert record["evid"] not in events.setdefault(stream, set())
            events[stream].add(record["evid"])
            emitted.setdefault(stream, []).append(int(record["pos"]))
        else:
            assert set(record["evids"]) <= events[stream]
    assert len(emitted) >= 2
    for positions in emitted.values():
        assert positions == sorted(set(positions))


def test_an_event_covers_what_its_transaction_changed_at_the_version_it_then_had(story: Story) -> None:
    versions: dict[tuple[str, str, str], dict[str, int]] = {}
    covered = 0
    for record in story.of("change", "effect", "emit"):
        if record["kind"] != "emit":
            versions.setdefault((record["sys"], record["record"], record["rec"]), {}).update(record.get("ver", {}))
            continue
        for _, name, record_id, shown in record["covers"]:
            there = versions[record["sys"], name, record_id]
            assert shown == {**dict.fromkeys(shown, 0), **there}
            covered += 1
    assert covered > 20


def test_a_strike_is_told_by_its_request_and_a_request_by_its_strikes(story: Story) -> None:
    strikes = [(record["rq"], record["fid"]) for record in story.of("fault") if record["rq"] is not None]
    told = [(record["rq"], fid) for record in story.of("complete") for fid in record.get("faults", ())]
    # In the order they struck, but for the requests that wait and are told when they end.
    assert sorted(strikes) == sorted(told)
    assert {record["fkind"] for record in story.of("fault")} == set(load_profile("rough").kinds)
    assert Counter(record["fkind"] for record in story.of("fault")) == story.world.desk.counts
    # A request is slowed before it arrives, when it has no number yet, and an event has none; the others have theirs.
    unnumbered = {record["fkind"] for record in story.of("fault") if record["rq"] is None}
    assert unnumbered == {"W02", "E03", "E13", "E16"}


def test_a_strike_shows_in_how_its_request_ended(story: Story) -> None:
    kind_of = {record["fid"]: record["fkind"] for record in story.of("fault")}
    ends: dict[str, set[tuple[int, str, str]]] = {}
    for record in story.of("complete"):
        # A request may be struck twice; one strike shows what it does alone.
        if len(record.get("faults", ())) == 1:
            kind = kind_of[record["faults"][0]]
            ends.setdefault(kind, set()).add((record["status"], record["executed"], record["resp"]))
    assert ends["M01"] == {(429, "no", "seen")}
    assert ends["M05"] == {(500, "yes", "seen")}
    assert {(executed, resp) for _, executed, resp in ends["W04"]} == {("yes", "lost")}
    lost = [record for record in story.of("complete") if record["resp"] == "lost"]
    assert all(record.get("faults") for record in lost)


def test_a_request_that_is_executed_late_ends_late_with_its_effects(story: Story) -> None:
    late = {record["rq"]: record["effect"]["delay_us"] for record in story.of("fault") if record["fkind"] == "W06"}
    assert late
    asked = {record["rq"]: record["t_us"] for record in story.of("invoke")}
    for record in story.of("complete", "effect"):
        if record.get("rq") in late:
            # A minute is how long a client waits.
            assert record["t_us"] == asked[record["rq"]] + 60_000_000 + late[record["rq"]]


def test_a_restored_world_begins_with_the_same_bytes_and_goes_on_counting() -> None:
    plan, interface, policy = make(Wanted(scenario="tiny-thread"))
    world = World(plan, interface, policy)
    world.run_to(world.end_us // 3)
    snapshot = world.snapshot()
    restored = World(plan, interface, policy, snapshot=snapshot)
    assert restored.recorder.records[: len(snapshot.history)] == world.recorder.records
    restored.run()
    records = restored.recorder.records
    assert [record["seq"] for record in records] == list(range(len(records)))
    requests = [record["rq"] for record in records if record["kind"] == "invoke"]
    assert requests == list(range(len(requests)))
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for record in records:
        for group, version in record.get("ver", {}).items():
            place = (record["sys"], record["record"], record["rec"], group)
            seen[place] += 1
            assert version == seen[place]
    for system in SYSTEMS:
        numbers = dict.fromkeys(record["tx"] for record in records if "tx_seq" in record and record["sys"] == system)
        assert list(numbers) == list(range(1, len(numbers) + 1))
