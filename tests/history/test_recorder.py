"""The recorder writes what happened, in the order of the commits, once, with whose doing it was."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.clock import ManualClock
from sandbox.core.errors import HarnessError
from sandbox.core.observe import Announcement, Change, Commit, Delivery
from sandbox.core.wire import Request
from sandbox.history.recorder import Recorder
from tests.history.builders import (
    ENGINE,
    PERSON,
    Lines,
    account,
    commit,
    create,
    delete,
    kinds,
    make_recorder,
    on_behalf_of,
    time_entry,
    update,
)
from tests.mocks.kit.cards import Cards, ask, codes, make_cards


@pytest.fixture
def recorder() -> Recorder:
    return make_recorder()


# -- whose doing -------------------------------------------------------------------------------------------------------


def test_what_an_engine_writes_is_an_effect_of_its_request(recorder: Recorder) -> None:
    records = on_behalf_of(recorder, ENGINE, commit("crm", 1, account()))
    assert kinds(records) == ["invoke", "effect", "complete"]
    assert [(record["actor"], record["sys"], record["rq"]) for record in records] == [(ENGINE, "crm", 0)] * 3
    assert all("deed" not in record for record in records)


def test_what_a_person_writes_is_a_change_with_the_deed_it_was_done_for(recorder: Recorder) -> None:
    records = on_behalf_of(recorder, PERSON, commit("crm", 1, account()), deed="north/sell")
    assert kinds(records) == ["invoke", "change", "complete"]
    assert [record.get("deed") for record in records] == ["north/sell", "north/sell", None]
    assert [(record["actor"], record["rq"]) for record in records] == [(PERSON, 0)] * 3


def test_what_a_person_writes_without_a_deed_has_none(recorder: Recorder) -> None:
    records = on_behalf_of(recorder, PERSON, commit("crm", 1, account()))
    assert all("deed" not in record for record in records)


def test_what_a_system_does_by_itself_is_nobodys_request(recorder: Recorder) -> None:
    recorder.committed(commit("revenue", 1, create("batch", "B-1", period="2026-01")))
    (record,) = recorder.records
    assert (record["kind"], record["actor"], "rq" in record, "deed" in record) == ("change", "sandbox", False, False)


def test_what_commits_after_a_request_is_complete_is_not_on_its_behalf(recorder: Recorder) -> None:
    on_behalf_of(recorder, ENGINE, commit("crm", 1, account()))
    recorder.committed(commit("crm", 2, account("002", AccountNumber="C-2")))
    assert kinds(recorder.records) == ["invoke", "effect", "complete", "change"]
    assert recorder.records[-1]["actor"] == "sandbox"


def test_a_request_is_recorded_as_it_came_and_as_it_ended(recorder: Recorder) -> None:
    first = Request("POST", "/services/data/v62.0/sobjects/Account", body=b'{"Name": "Northwind"}')
    rq = recorder.invoke("crm", ENGINE, None, first, "record.create")
    recorder.complete("crm", ENGINE, rq, 201, executed="yes", resp="lost")
    second = Request("GET", "/services/data/v62.0/limits", "a=1")
    assert recorder.invoke("crm", PERSON, "north/look", second, "limits") == 1
    sent, done, looked = recorder.records
    assert {name: sent[name] for name in ("rq", "verb", "route", "path", "body_digest")} == {
        "rq": 0,
        "verb": "POST",
        "route": "record.create",
        "path": "/services/data/v62.0/sobjects/Account",
        "body_digest": blake2b(b'{"Name": "Northwind"}', digest_size=8).hexdigest(),
    }
    assert {name: done[name] for name in ("rq", "status", "executed", "resp")} == {
        "rq": 0,
        "status": 201,
        "executed": "yes",
        "resp": "lost",
    }
    assert "faults" not in done
    # Nothing sent is no empty body.
    assert (looked["rq"], looked["body_digest"], looked["deed"]) == (1, None, "north/look")


# -- only what COMMIT accepted -----------------------------------------------------------------------------------------


def requested(recorder: Recorder, mock: Cards, request: Request) -> None:
    """One request as the wire carries it."""
    rq = recorder.invoke(mock.name, ENGINE, None, request, "x")
    response = mock.handle(request)
    executed = "yes" if mock.outcome.committed else "no"
    recorder.complete(mock.name, ENGINE, rq, response.status, executed=executed, resp="seen")


def test_a_commit_that_fails_leaves_neither_record_nor_row(recorder: Recorder) -> None:
    mock = make_cards(recorder)
    requested(recorder, mock, ask("POST", "/cards", {"code": "a"}))
    rq = recorder.invoke(mock.name, ENGINE, None, ask("POST", "/orphans"), "card.orphan")
    before = len(recorder.records)
    with pytest.raises(HarnessError, match="COMMIT failed"):
        mock.handle(ask("POST", "/orphans"))
    assert recorder.records[before:] == []
    assert codes(mock) == ["a"]
    recorder.complete(mock.name, ENGINE, rq, 500, executed="no", resp="seen")
    requested(recorder, mock, ask("POST", "/cards", {"code": "b"}))
    assert [record["tx"] for record in recorder.records if record["kind"] == "effect"] == [1, 2]


def test_a_transaction_that_rolls_back_is_an_abort_and_nothing_else(recorder: Recorder) -> None:
    mock = make_cards(recorder)
    requested(recorder, mock, ask("POST", "/cards", {"code": "a", "minutes": -1}))
    assert kinds(recorder.records) == ["invoke", "abort", "complete"]
    aborted, done = recorder.records[1:]
    assert (aborted["sys"], aborted["actor"], aborted["tx"]) == ("cards", "sandbox", 1)
    assert (done["status"], done["executed"]) == (422, "no")


def test_an_announcement_that_fails_leaves_an_abort_alone(recorder: Recorder) -> None:
    mock = make_cards(recorder)
    mock.stop_announcing = ZeroDivisionError("a bug in announce")
    with pytest.raises(ZeroDivisionError):
        mock.handle(ask("POST", "/cards", {"code": "a"}))
    assert kinds(recorder.records) == ["abort"]


def test_a_history_that_cannot_be_written_breaks_the_run_and_is_no_server_error() -> None:
    class Full(Lines):
        def write(self, line: bytes) -> None:
            raise OSError("no space left")

    recorder = make_recorder(Full())
    mock = make_cards(recorder)
    with pytest.raises(OSError, match="no space left"):
        mock.handle(ask("POST", "/cards", {"code": "a"}))
    # It was committed: that the run is broken is all that may be said now.
    assert codes(mock) == ["a"]
    assert "abort" not in kinds(recorder.records)


def test_items_of_a_batch_that_were_undone_are_not_in_the_history(recorder: Recorder) -> None:
    mock = make_cards(recorder)
    requested(recorder, mock, ask("POST", "/cards", {"code": "b"}))
    requested(recorder, mock, ask("POST", "/batches", [{"code": "a"}, {"code": "b"}, {"code": "c"}]))
    made = [record for record in recorder.records if record["kind"] == "effect"]
    assert [(record["after"]["code"], record["tx"], record["tx_seq"]) for record in made] == [
        ("b", 1, 0),
        ("a", 2, 0),
        ("c", 2, 1),
    ]
    assert [record["evid"] for record in recorder.records if record["kind"] == "emit"][1:3] == ["early a", "early c"]


# -- order and numbers -------------------------------------------------------------------------------------------------


def test_records_are_numbered_without_a_gap_in_the_order_of_the_commits(recorder: Recorder) -> None:
    on_behalf_of(recorder, ENGINE, commit("crm", 1, account()), commit("psa", 7, create("role", "5", name="analyst")))
    recorder.note(ENGINE, "engine", {"event": "idle"})
    recorder.aborted("erp", 3)
    recorder.committed(commit("crm", 2, account("002", AccountNumber="C-2"), account("003", AccountNumber="C-3")))
    assert [record["seq"] for record in recorder.records] == list(range(8))
    committed = [(record["sys"], record["tx"], record["tx_seq"]) for record in recorder.records if "tx_seq" in record]
    assert committed == [("crm", 1, 0), ("psa", 7, 0), ("crm", 2, 0), ("crm", 2, 1)]


def test_a_commit_is_told_the_number_of_its_last_record(recorder: Recorder) -> None:
    assert recorder.committed(commit("crm", 1, account(), account("002", AccountNumber="C-2"))) == 1
    announced = Announcement("changes", 4, "e-4", (("Account", "003"),))
    assert recorder.committed(commit("crm", 2, account("003", AccountNumber="C-3"), announced=(announced,))) == 3


def test_a_record_says_when_in_which_phase_and_for_which_run_it_stands() -> None:
    recorder = make_recorder()
    clock = recorder._clock
    assert isinstance(clock, ManualClock)
    recorder.note(ENGINE, "engine", {"event": "start"})
    recorder.phase = "load"
    clock.advance_to(5_000_000)
    recorder.aborted("erp", 1)
    assert [(record["t_us"], record["phase"]) for record in recorder.records] == [(0, "warmup"), (5_000_000, "load")]
    assert recorder.run == "a-run-1"


def test_actors_note_lines_about_themselves(recorder: Recorder) -> None:
    recorder.note(ENGINE, "engine", {"event": "idle", "pending": 0})
    recorder.note(PERSON, "deed", {"label": "north/sell", "outcome": "done"})
    engine, person = recorder.records
    assert (engine["kind"], engine["sys"], engine["actor"], engine["pending"]) == ("engine", "engine", ENGINE, 0)
    assert (person["kind"], person["sys"], person["actor"], person["outcome"]) == ("deed", "sandbox", PERSON, "done")


def test_the_end_counts_the_records_of_each_system(recorder: Recorder) -> None:
    recorder.final("erp", {"invoice": 3})
    assert kinds(recorder.records) == ["final"]
    assert (recorder.records[0]["sys"], recorder.records[0]["counts"]) == ("erp", {"invoice": 3})


# -- what a change holds -----------------------------------------------------------------------------------------------


def differences(change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is recorded of the columns before and after."""
    recorder = make_recorder()
    recorder.committed(commit("crm", 1, change))
    return recorder.records[0]["before"], recorder.records[0]["after"]


def test_absent_null_and_empty_are_three_values() -> None:
    assert differences(account(Site=None, Phone="")) == (
        {},
        {"id": "001", "Name": "Northwind", "AccountNumber": "C-1", "Phone": ""},
    )
    before, after = {"Name": "a", "Phone": "1", "Site": "x"}, {"Name": "a", "Phone": None, "Site": ""}
    assert differences(update("Account", "001", before, after)) == (
        {"Phone": "1", "Site": "x"},
        {"Phone": None, "Site": ""},
    )
    assert differences(update("Account", "001", {"Phone": None}, {"Phone": ""})) == ({"Phone": None}, {"Phone": ""})
    assert differences(delete("Account", "001", Name="a", Phone="", Site=None)) == (
        {"id": "001", "Name": "a", "Phone": ""},
        {},
    )


def test_nought_is_a_value() -> None:
    assert differences(create("Account", "001", Paid=0)) == ({}, {"id": "001", "Paid": 0})
    assert differences(update("Account", "001", {"Paid": None}, {"Paid": 0})) == ({"Paid": None}, {"Paid": 0})


def test_only_columns_with_a_business_meaning_are_compared() -> None:
    assert differences(update("Account", "001", {"Name": "a"}, {"Name": "a"})) == ({}, {})


def test_a_change_says_which_record_it_is_and_which_thing() -> None:
    recorder = make_recorder()
    renumbered = update("Account", "001", {"AccountNumber": "C-1"}, {"AccountNumber": "C-2"})
    recorder.committed(commit("crm", 9, account(), renumbered))
    recorder.committed(commit("crm", 10, delete("Account", "001", AccountNumber="C-2")))
    shown = [
        (record["key"], record["record"], record["rec"], record["op"], record["tx"], record["tx_seq"])
        for record in recorder.records
    ]
    assert shown == [
        ("client:C-1", "Account", "001", "create", 9, 0),
        ("client:C-2", "Account", "001", "update", 9, 1),
        ("client:C-2", "Account", "001", "delete", 10, 0),
    ]


def test_a_record_the_interface_contract_does_not_name_is_a_question_mark_without_versions(recorder: Recorder) -> None:
    recorder.committed(commit("psa", 1, create("rate_card", "7", title="London")))
    (record,) = recorder.records
    assert record["key"] == "?"
    assert "ver" not in record


def test_a_reference_to_another_system_names_what_is_made_in_the_same_transaction(recorder: Recorder) -> None:
    recorder.committed(commit("crm", 1, create("Opportunity", "006", Engagement_Code__c="NORTH")))
    reference = create(
        "external_reference",
        "1",
        subject_type="Workspace",
        subject_id="40",
        service_model="Opportunity",
        service_model_ref="006",
    )
    recorder.committed(commit("psa", 1, create("workspace", "40", title="no code in it"), reference))
    assert recorder.records[1]["key"] == "engagement:NORTH"


# -- versions ----------------------------------------------------------------------------------------------------------


def test_versions_count_per_record_and_group_and_only_what_was_touched(recorder: Recorder) -> None:
    recorder.committed(commit("psa", 1, time_entry("7"), time_entry("8")))
    recorder.committed(commit("psa", 2, update("time_entry", "7", {"approved": 0}, {"approved": 1})))
    recorder.committed(commit("psa", 3, update("time_entry", "7", {"approved": 1}, {"approved": 0})))
    minutes = update("time_entry", "7", {"time_in_minutes": 60, "approved": 0}, {"time_in_minutes": 90, "approved": 1})
    recorder.committed(commit("psa", 4, minutes))
    assert [record["ver"] for record in recorder.records] == [
        {"entry": 1, "state": 1},
        {"entry": 1, "state": 1},
        {"state": 2},
        {"state": 3},
        {"entry": 2, "state": 4},
    ]


def test_what_lies_in_no_group_has_no_version(recorder: Recorder) -> None:
    recorder.committed(commit("psa", 1, time_entry("7")))
    recorder.committed(commit("psa", 2, update("time_entry", "7", {"notes": None}, {"notes": "on site"})))
    recorder.committed(commit("psa", 3, update("time_entry", "7", {"approved": 0}, {"approved": 0})))
    assert [record["ver"] for record in recorder.records[1:]] == [{}, {}]


def test_a_group_whose_columns_are_all_null_begins_when_one_is_set(recorder: Recorder) -> None:
    recorder.committed(commit("psa", 1, create("time_entry", "7", date_performed="2026-01-12", approved=None)))
    recorder.committed(commit("psa", 2, update("time_entry", "7", {"approved": None}, {"approved": 1})))
    assert [record["ver"] for record in recorder.records] == [{"entry": 1}, {"state": 1}]


def test_a_deletion_is_a_version_of_every_group_that_held_something(recorder: Recorder) -> None:
    recorder.committed(commit("psa", 1, time_entry("7")))
    recorder.committed(commit("psa", 2, delete("time_entry", "7", date_performed="2026-01-12", approved=None)))
    assert recorder.records[1]["ver"] == {"entry": 2}


def test_the_same_id_in_two_systems_or_of_two_types_is_two_records(recorder: Recorder) -> None:
    recorder.committed(commit("psa", 1, time_entry("7")))
    recorder.committed(commit("psa", 2, create("invoice", "7", draft=1)))
    recorder.committed(commit("hris", 1, create("worker", "7", employee_id="W-0001")))
    assert [record["ver"] for record in recorder.records] == [{"entry": 1, "state": 1}, {"document": 1}, {"person": 1}]


# -- streams -----------------------------------------------------------------------------------------------------------


def test_an_event_says_what_it_covers_at_the_versions_of_its_commit(recorder: Recorder) -> None:
    recorder.committed(commit("psa", 1, time_entry("7")))
    announced = (
        Announcement("events", 41, "e-41", (("time_entry", "7"),)),
        Announcement("events", 42, "e-42", (("time_entry", "7"), ("rate_card", "3"), ("time_entry", "nobody"))),
    )
    changes = (
        update("time_entry", "7", {"approved": 0}, {"approved": 1}),
        update("time_entry", "7", {"approved": 1}, {"approved": 0}),
    )
    recorder.committed(commit("psa", 2, *changes, announced=announced))
    assert kinds(recorder.records) == ["change", "change", "change", "emit", "emit"]
    first, second = recorder.records[3:]
    assert (first["stream"], first["pos"], first["evid"], first["etype"]) == ("events", "41", "e-41", "change")
    assert (first["sys"], first["actor"]) == ("psa", "sandbox")
    assert first["covers"] == [["time:7", "time_entry", "7", {"entry": 1, "state": 3}]]
    assert second["covers"] == [
        ["time:7", "time_entry", "7", {"entry": 1, "state": 3}],
        ["?", "rate_card", "3", {}],
        ["?", "time_entry", "nobody", {"entry": 0, "state": 0}],
    ]


def test_an_event_about_a_record_that_names_nothing_covers_a_question_mark(recorder: Recorder) -> None:
    announced = Announcement("changes", 1, "e-1", (("Opportunity", "006"),))
    recorder.committed(commit("crm", 1, create("Opportunity", "006", Name="no code yet"), announced=(announced,)))
    assert recorder.records[0]["key"] == "?"
    assert recorder.records[1]["covers"][0][0] == "?"


def test_an_event_of_an_engines_write_is_the_systems(recorder: Recorder) -> None:
    announced = Announcement("changes", 1, "e-1", (("Account", "001"),))
    records = on_behalf_of(recorder, ENGINE, commit("crm", 1, account(), announced=(announced,)))
    assert [(record["kind"], record["actor"]) for record in records[1:3]] == [("effect", ENGINE), ("emit", "sandbox")]


def test_a_page_that_goes_out_is_recorded_with_the_request_that_took_it(recorder: Recorder) -> None:
    rq = recorder.invoke("psa", ENGINE, None, Request("GET", "/events"), "event.list")
    recorder.delivered(Delivery("psa", "events", ("e-1", "e-2", "e-1"), "0", "2"))
    recorder.complete("psa", ENGINE, rq, 200, executed="no", resp="seen")
    recorder.delivered(Delivery("psa", "events", ("e-3",), "2", "3"))
    first, second = recorder.records[1], recorder.records[3]
    assert (first["kind"], first["sys"], first["mode"], first["stream"]) == ("deliver", "psa", "pull", "events")
    assert (first["evids"], first["cursor_in"], first["cursor_out"]) == (["e-1", "e-2", "e-1"], "0", "2")
    assert (first["rq"], second["rq"]) == (0, None)


def test_an_empty_page_is_not_recorded(recorder: Recorder) -> None:
    recorder.delivered(Delivery("psa", "events", (), "2", "2"))
    assert recorder.records == []


# -- faults ------------------------------------------------------------------------------------------------------------


def test_a_fault_is_attached_to_the_request_it_struck_and_to_no_other(recorder: Recorder) -> None:
    rq = recorder.invoke("erp", ENGINE, None, Request("POST", "/x"), "invoice.create")
    recorder.fault("M01#1", "M01", "erp", {"retry_after": "20"})
    recorder.fault("W04#2", "W04", "erp", {})
    recorder.complete("erp", ENGINE, rq, 429, executed="no", resp="lost")
    on_behalf_of(recorder, ENGINE)
    assert kinds(recorder.records) == ["invoke", "fault", "fault", "complete", "invoke", "complete"]
    struck = recorder.records[1]
    assert (struck["fid"], struck["fkind"], struck["edge"], struck["rq"]) == ("M01#1", "M01", "fire", 0)
    assert (struck["sys"], struck["actor"], struck["effect"]) == ("erp", "sandbox", {"retry_after": "20"})
    assert [record.get("faults") for record in recorder.records] == [None] * 3 + [["M01#1", "W04#2"]] + [None] * 2


def test_a_fault_at_an_event_is_attached_to_the_event_and_not_to_whoever_caused_it(recorder: Recorder) -> None:
    rq = recorder.invoke("psa", ENGINE, None, Request("POST", "/x"), "x")
    recorder.fault("E03#1", "E03", "psa", {"stream": "events", "evid": "e-2", "delay_us": 5})
    announced = tuple(Announcement("events", number, f"e-{number}", ()) for number in (1, 2, 3))
    recorder.committed(Commit("psa", 1, 0, (), announced))
    recorder.committed(Commit("crm", 1, 0, (), announced[1:2]))
    recorder.complete("psa", ENGINE, rq, 200, executed="yes", resp="seen")
    assert [(record["evid"], record.get("faults")) for record in recorder.records if record["kind"] == "emit"] == [
        ("e-1", None), ("e-2", ["E03#1"]), ("e-3", None), ("e-2", None)
    ]  # fmt: skip
    assert recorder.records[1]["rq"] is None
    assert "faults" not in recorder.records[-1]


def test_what_commits_while_a_request_waits_is_not_on_its_behalf(recorder: Recorder) -> None:
    rq = recorder.invoke("erp", ENGINE, "deed", Request("POST", "/x"), "x")
    recorder.fault("W06#1", "W06", "erp", {"delay_us": 5})
    recorder.set_aside()
    recorder.fault("W02#1", "W02", "erp", {"delay_us": 5})
    recorder.take_up(rq, ENGINE, "deed")
    recorder.fault("M05#1", "M05", "erp", {})
    recorder.complete("erp", ENGINE, rq, 204, executed="later", resp="lost")
    assert [record["rq"] for record in recorder.records] == [rq, rq, None, rq, rq]
    last = recorder.records[-1]
    assert (last["executed"], last["resp"], last["faults"]) == ("later", "lost", ["W06#1", "M05#1"])


def test_a_fault_outside_every_request_is_attached_to_none(recorder: Recorder) -> None:
    recorder.fault("W02#1", "W02", "erp", {"delay_us": 5})
    on_behalf_of(recorder, ENGINE)
    assert recorder.records[0]["rq"] is None
    assert "faults" not in recorder.records[-1]


# -- bytes -------------------------------------------------------------------------------------------------------------


def test_the_digest_is_the_digest_of_the_lines_as_they_were_written() -> None:
    sink = Lines()
    recorder = make_recorder(sink)
    empty = recorder.digest
    on_behalf_of(recorder, ENGINE, commit("crm", 1, account()))
    assert recorder.digest == blake2b(b"".join(sink.lines), digest_size=16).hexdigest() != empty
    assert [orjson.loads(line) for line in sink.lines] == recorder.records
    assert all(line.endswith(b"}\n") and line.count(b"\n") == 1 for line in sink.lines)
    assert empty == blake2b(b"", digest_size=16).hexdigest()


def test_a_line_has_its_keys_in_order_down_to_the_columns() -> None:
    sink = Lines()
    recorder = make_recorder(sink)
    recorder.note(ENGINE, "engine", {"z": {"b": 1, "a": None}, "event": "idle"})
    (line,) = sink.lines
    assert line == (
        b'{"actor":"engine:1","event":"idle","kind":"engine","phase":"warmup","seq":0,"sys":"engine","t_us":0,'
        b'"z":{"a":null,"b":1}}\n'
    )


@settings(max_examples=40, deadline=None)
@given(
    columns=st.dictionaries(st.sampled_from(("Name", "Phone", "Site", "Amount")), st.none() | st.integers(0, 9)),
    data=st.data(),
)
def test_the_bytes_do_not_depend_on_the_order_in_which_columns_came(columns: dict[str, Any], data: Any) -> None:
    other = dict(data.draw(st.permutations(list(columns.items()))))
    digests = []
    for each in (columns, other):
        recorder = make_recorder()
        changes = create("Account", "001", **each), delete("Account", "001", **each)
        on_behalf_of(recorder, ENGINE, commit("crm", 1, *changes))
        digests.append(recorder.digest)
    assert digests[0] == digests[1]


def test_the_digest_is_moved_by_anything_that_differs() -> None:
    digests = set()
    for name, tx, actor in (("a", 1, ENGINE), ("b", 1, ENGINE), ("a", 2, ENGINE), ("a", 1, "engine:2")):
        recorder = make_recorder()
        on_behalf_of(recorder, actor, commit("crm", tx, account(Name=name)))
        digests.add(recorder.digest)
    assert len(digests) == 4
