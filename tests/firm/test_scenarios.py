"""Scenarios and firms found by name or path; every mistake is told with its place and the nearest right name."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.core.errors import UsageError
from sandbox.firm.planning import make_plan
from sandbox.firm.scenarios import FOLDER, firm_names, load_firm, load_scenario, scenario_names, schema_text

TINY = (FOLDER / "tiny-thread.yaml").read_text(encoding="utf-8")
FIRST = (FOLDER / "first-thread.yaml").read_text(encoding="utf-8")
DESK = (FOLDER / "firms" / "one-desk.yaml").read_text(encoding="utf-8")
Refused = Callable[..., UsageError]


# As a mistake names them.
KINDS = (
    "'time_and_materials', 'capped_time', 'fixed_fee', 'fixed_fee_by_cost', 'milestone', 'milestone_over_time', "
    "'prepaid_hours' or 'stand_ready'"
)


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1, f"{old!r} is not in the document any more"
    return text.replace(old, new, 1)


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """Loads a story that was written wrong, and plans it; what the user is told."""

    def load(text: str, old: str, new: str) -> UsageError:
        path = tmp_path / "story.yaml"
        path.write_text(replaced(text, old, new), encoding="utf-8")
        with pytest.raises(UsageError) as told:
            make_plan(*load_scenario(str(path)), 1, profile="none")
        assert "story.yaml" in told.value.message
        return told.value

    return load


# -- found by name or path ---------------------------------------------------------------------------------------------


def test_the_scenarios_that_ship_load_by_name() -> None:
    assert {"first-thread", "lost-acknowledgement", "tiny-thread"} <= set(scenario_names())
    for name in scenario_names():
        scenario, firm = load_scenario(name)
        assert (scenario.name, scenario.firm) == (name, firm.name)


def test_an_unknown_scenario_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError) as told:
        load_scenario("first-thred")
    assert told.value.message == "unknown scenario 'first-thred'; did you mean 'first-thread'?"
    assert (told.value.code, told.value.fields["nearest"]) == ("unknown_scenario", "first-thread")


def test_a_name_like_no_other_is_refused_with_all_that_are_known() -> None:
    with pytest.raises(UsageError, match=r"unknown scenario 'zzz'; known: .*first-thread, .*tiny-thread"):
        load_scenario("zzz")


def test_a_file_that_is_not_there_is_refused_by_its_path() -> None:
    with pytest.raises(UsageError) as told:
        load_scenario("no/where.yaml")
    assert (told.value.message, told.value.code) == ("there is no scenario file no/where.yaml", "unknown_scenario")


def test_an_unknown_firm_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown firm 'one-deks'; did you mean 'one-desk'"):
        load_firm("one-deks")


@pytest.mark.parametrize("suffix", ["yaml", "yml"])
def test_a_story_of_ones_own_may_bring_its_own_firm(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"desk.{suffix}").write_text(replaced(DESK, "name: one-desk", "name: my-desk"), encoding="utf-8")
    story = tmp_path / f"story.{suffix}"
    story.write_text(replaced(TINY, "firm: one-desk", f"firm: desk.{suffix}"), encoding="utf-8")
    scenario, firm = load_scenario(str(story))
    assert (scenario.name, firm.name) == ("tiny-thread", "my-desk")


def test_a_story_of_ones_own_may_use_a_firm_that_ships(tmp_path: Path) -> None:
    story = tmp_path / "story.yaml"
    story.write_text(TINY, encoding="utf-8")
    assert load_scenario(str(story))[1].name == "one-desk"


def test_a_firm_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    story = tmp_path / "story.yaml"
    story.write_text(replaced(TINY, "firm: one-desk", "firm: desk.yaml"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"there is no firm file desk\.yaml"):
        load_scenario(str(story))


def test_firms_and_no_scenario_stand_in_the_folder_of_firms() -> None:
    assert {"four-offices", "new-york", "one-desk", "one-desk-paid", "two-offices"} <= set(firm_names())


# -- what a document may say -------------------------------------------------------------------------------------------


def test_a_shipped_document_is_read_as_written() -> None:
    scenario, firm = load_scenario("tiny-thread")
    (terms,) = scenario.scripted
    assert (scenario.start, scenario.weeks, scenario.close) == (date(2026, 1, 19), 4, ("2026-01",))
    assert (terms.code, terms.price, terms.signed) == ("ENG-01", Decimal("5000.00"), date(2026, 1, 21))
    assert [member.employee_id for member in firm.members] == ["W-0001", "W-0002", "W-0003"]
    assert scenario.expectations["ENG-01"]["2026-02"].cash == Decimal("2040.01")


def test_habits_left_out_are_those_of_the_glossary() -> None:
    # Glossary section 4: on time 72%, rejections 4% of sheets, write-off share 4-6% of time and materials.
    habits = load_scenario("tiny-thread")[0].habits
    assert (habits.late_percent, habits.rejected_percent, habits.write_off_percent) == (28, 4, 5)


def test_a_price_written_without_quotes_is_exact(tmp_path: Path) -> None:
    story = tmp_path / "story.yaml"
    story.write_text(replaced(TINY, 'price: "5000.00"', "price: 4999.10"), encoding="utf-8")
    assert load_scenario(str(story))[0].scripted[0].price == Decimal("4999.10")


def test_a_date_called_on_is_no_boolean(tmp_path: Path) -> None:
    late = "    late: [{person: W-0003, on: 2026-01-30, minutes: 60, booked_on: 2026-02-03, approved_on: 2026-02-03}]\n"
    story = tmp_path / "story.yaml"
    story.write_text(replaced(TINY, "    time:\n", f"{late}    time:\n"), encoding="utf-8")
    assert load_scenario(str(story))[0].scripted[0].late[0].on == date(2026, 1, 30)


# -- mistakes of shape: file, line, path, what was expected ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "old", "new", "told"),
    [
        (TINY, "pays_after_days:", "pay_after_days:",
         "scripted.0.pay_after_days: unknown key 'pay_after_days'; did you mean 'pays_after_days'?"),
        (TINY, "requires:", "require:", "require: unknown key 'require'; did you mean 'requires'?"),
        (FIRST, "habits: {late_percent", "habits: {late_percents",
         "habits.late_percents: unknown key 'late_percents'; did you mean 'late_percent'?"),
        (FIRST, "leavers:", "leaver:", "workforce.leaver: unknown key 'leaver'; did you mean 'leavers'?"),
        (TINY, "cost:", "costs:", "expectations.ENG-01.2026-01.costs: unknown key 'costs'; did you mean 'cost'?"),
        (TINY, "weeks: 4", "weeks: four",
         "weeks: input should be a valid integer, unable to parse string as an integer, got 'four'"),
        (TINY, "weeks: 4", "weeks: 0", "weeks: input should be greater than or equal to 1, got 0"),
        (TINY, "weeks: 4\n", "", "weeks: 'weeks' is missing"),
        (TINY, "schema: 1", "schema: 2", "schema: input should be 1, got 2"),
        (TINY, "minutes: 400}", "minutes: 4000}",
         "scripted.0.time.0.minutes: input should be less than or equal to 1440, got 4000"),
        (TINY, "minutes: 400}", "minutes: 400, days: [Wedn]}",
         "scripted.0.time.0.days.0: input should be 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat' or 'Sun', got 'Wedn'"),
        (TINY, "price:", "price: many # ", "scripted.0.price: input should be a valid decimal, got 'many'"),
        (TINY, "kind: time_and_materials", "kind: retainer",
         f"scripted.0.kind: input should be {KINDS}, got 'retainer'"),
        (TINY, "team: [W-0003]", "team: [0003]", "scripted.0.team.0: input should be a valid string, got 3"),
    ],
)  # fmt: skip
def test_a_mistake_of_shape_is_told_with_its_path(refused: Refused, text: str, old: str, new: str, told: str) -> None:
    wrong = refused(text, old, new)
    assert wrong.code == "bad_document"
    assert wrong.message.partition("story.yaml:")[2].partition(": ")[2] == told


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("weeks: 4", "weeks: four", "weeks: four"),
        ("minutes: 400}", "minutes: 4000}", "{person"),
        ("pays_after_days:", "pay_after_days:", "pay_after_days:"),
        ("weeks: 4", "weeks: 4\nweeks: 5", "weeks: 5"),
        ("cost:", "costs:", "costs:"),
    ],
)
def test_a_mistake_is_told_with_its_line(refused: Refused, old: str, new: str, words: str) -> None:
    wrong = refused(TINY, old, new)
    line = line_of(replaced(TINY, old, new), words)
    assert wrong.fields["line"] == line
    assert f"story.yaml:{line}: " in wrong.message


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('close: ["2026-01"]', 'close: ["2026-13"]', "close.0"),
        ("    2026-02:\n", "    2026-2:\n", "expectations.ENG-01.2026-2"),
    ],
)
def test_a_bad_period_is_told_with_how_one_is_written(refused: Refused, old: str, new: str, path: str) -> None:
    wrong = refused(TINY, old, new)
    assert str(wrong.fields["path"]).startswith(path)
    assert "a period is written YYYY-MM" in wrong.message


@pytest.mark.parametrize(
    ("old", "new", "nearest"),
    [("approver:", "aprover:", "approver"), ("weeks:", "week:", "weeks"), ("minutes: 400}", "minuts: 400}", "minutes")],
)
def test_a_required_key_misspelt_is_told_as_the_unknown_key_it_is(
    refused: Refused, old: str, new: str, nearest: str
) -> None:
    wrong = refused(TINY, old, new)
    assert f"unknown key {new.partition(':')[0]!r}; did you mean {nearest!r}?" in wrong.message


def test_a_key_that_stands_twice_is_a_mistake(refused: Refused) -> None:
    wrong = refused(TINY, "weeks: 4", "weeks: 4\nweeks: 5")
    assert wrong.code == "bad_yaml"
    assert "'weeks' stands here twice" in wrong.message


def test_a_key_of_a_nested_mapping_that_stands_twice_is_a_mistake(refused: Refused) -> None:
    wrong = refused(TINY, "minutes: 400}", "minutes: 400, minutes: 300}")
    assert "'minutes' stands here twice" in wrong.message


@pytest.mark.parametrize(("text", "got"), [("", "nothing"), ("- a\n", "a list"), ("first-thread\n", "a text")])
def test_what_is_no_mapping_is_no_scenario(tmp_path: Path, text: str, got: str) -> None:
    story = tmp_path / "story.yaml"
    story.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=rf"story\.yaml:1: expected a mapping, got {got}"):
        load_scenario(str(story))


def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    story = tmp_path / "story.yaml"
    story.write_text("schema: 1\nname: [broken\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"story\.yaml:3: not YAML: ") as told:
        load_scenario(str(story))
    assert told.value.code == "bad_yaml"


def test_a_date_no_calendar_has_is_told(refused: Refused) -> None:
    wrong = refused(TINY, "signed: 2026-01-21", "signed: 2026-01-32")
    assert "2026-01-32" in wrong.message


def test_a_file_that_is_no_utf8_is_told(tmp_path: Path) -> None:
    story = tmp_path / "story.yaml"
    story.write_bytes(replaced(TINY, "Health check", "Bilan de sant\xe9").encode("latin-1"))
    with pytest.raises(UsageError, match=r"story\.yaml"):
        load_scenario(str(story))


# -- mistakes of reference: what is meant, and the nearest that is there -----------------------------------------------


@pytest.mark.parametrize(
    ("text", "old", "new", "told"),
    [
        (TINY, "entity: UK", "entity: UKK", "scripted.0.entity: unknown entity 'UKK'; did you mean 'UK'?"),
        (TINY, "approver: W-0001", "approver: W-9001",
         "scripted.0.approver: unknown employee 'W-9001'; did you mean 'W-0001'?"),
        (TINY, "team: [W-0003]", "team: [W-9003]",
         "scripted.0.team.0: unknown employee 'W-9003'; did you mean 'W-0003'?"),
        (TINY, "{person: W-0003", "{person: W-9003",
         "scripted.0.time.0.person: unknown employee 'W-9003'; did you mean 'W-0003'?"),
        (TINY, "  ENG-01:\n", "  ENG-11:\n",
         "expectations.ENG-11: unknown engagement 'ENG-11'; did you mean 'ENG-01'?"),
        (FIRST, "ENG-03, entity: US", "ENG-03, entity: USA",
         "generated.0.entity: unknown entity 'USA'; did you mean 'US'?"),
        (FIRST, "approver: W-0017", "approver: W-9017",
         "generated.3.approver: unknown employee 'W-9017'; did you mean 'W-0017'?"),
        (FIRST, "pool: [W-0018,", "pool: [W-9018,",
         "generated.3.pool.0: unknown employee 'W-9018'; did you mean 'W-0018'?"),
        (FIRST, "engagement: ENG-03", "engagement: ENG-13",
         "unpostable.0.engagement: unknown engagement 'ENG-13'; did you mean 'ENG-03'?"),
        (FIRST, "role: advisor", "role: adviser",
         "unpostable.0.role: unknown unposted role 'adviser'; did you mean 'advisor'?"),
    ],
)  # fmt: skip
def test_a_name_nobody_has_is_told_with_the_nearest(refused: Refused, text: str, old: str, new: str, told: str) -> None:
    wrong = refused(text, old, new)
    assert wrong.code == "bad_document"
    line = line_of(replaced(text, old, new), new)
    assert wrong.message.partition("story.yaml")[2] == f":{line}: {told}"


def test_somebody_hired_in_the_story_is_a_known_employee() -> None:
    scenario, firm = load_scenario("first-thread")
    hired = scenario.workforce.hires[0].employee_id
    assert hired not in {member.employee_id for member in firm.members}
    assert any(hired in engagement.pool for engagement in scenario.generated)


@pytest.mark.parametrize(("old", "new"), [("{code: ENG-04", "{code: ENG-03"), ("{code: ENG-04", "{code: ENG-01")])
def test_an_engagement_that_stands_twice_is_a_mistake(refused: Refused, old: str, new: str) -> None:
    wrong = refused(FIRST, old, new)
    code = new.rpartition(" ")[2]
    assert wrong.message.endswith(f"engagement {code} stands there twice")
    assert (wrong.code, wrong.fields["name"]) == ("bad_document", code)


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (FIRST, "- {person: W-0016, on: 2026-01-30, minutes", "- {person: W-9016, on: 2026-01-30, minutes"),
        (FIRST, "- {person: W-0015, on: 2026-01-19, reason", "- {person: W-9015, on: 2026-01-19, reason"),
        (FIRST, "engagement: ENG-03, person: W-0006", "engagement: ENG-03, person: W-9006"),
        (FIRST, "{employee_id: W-0012,", "{employee_id: W-9012,"),
        (FIRST, "{employee_id: W-0010,", "{employee_id: W-9010,"),
    ],
    ids=["late time", "write-off", "unpostable time", "promotion", "leaver"],
)
def test_an_employee_nobody_is_is_told_wherever_one_is_named(refused: Refused, text: str, old: str, new: str) -> None:
    assert "unknown employee 'W-90" in refused(text, old, new).message


def test_the_entity_of_a_hire_is_told_when_unknown(refused: Refused) -> None:
    wrong = refused(FIRST, "{employee_id: W-0021, entity: UK", "{employee_id: W-0021, entity: UKX")
    assert "unknown entity 'UKX'; did you mean 'UK'" in wrong.message


def test_somebody_who_works_here_cannot_be_hired(refused: Refused) -> None:
    again = "    - {employee_id: W-0020, entity: UK, grade: analyst, entered: 2026-01-15, effective: 2026-01-26}\n"
    assert "W-0020" in refused(FIRST, "  hires:\n", f"  hires:\n{again}").message


def write_desk(folder: Path, old: str, new: str) -> Path:
    """A story in a folder with a firm of its own, which is written wrong."""
    (folder / "desk.yaml").write_text(replaced(DESK, old, new), encoding="utf-8")
    story = folder / "story.yaml"
    story.write_text(replaced(TINY, "firm: one-desk", "firm: desk.yaml"), encoding="utf-8")
    return story


def test_a_mistake_in_the_firm_names_the_file_of_the_firm(tmp_path: Path) -> None:
    story = write_desk(tmp_path, "grade: partner", "grade: director")
    line = line_of(DESK, "grade: partner")
    with pytest.raises(UsageError) as told:
        load_scenario(str(story))
    assert f"desk.yaml:{line}: members.0.grade: input should be 'analyst'" in told.value.message
    assert told.value.message.endswith("got 'director'")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("zone: Europe/London", "zone: Europe/Lundon", "Europe/Lundon"),
        ("country: GB", "country: XX", "XX"),
        ("{employee_id: W-0002, entity: UK", "{employee_id: W-0002, entity: US", "unknown entity 'US'"),
        ("W-0002, entity", "W-0001, entity", "W-0001"),
    ],
    ids=["zone", "country", "entity of a member", "member twice"],
)
def test_a_name_in_the_firm_that_stands_for_nothing_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    story = write_desk(tmp_path, old, new)
    with pytest.raises(UsageError, match=told):
        make_plan(*load_scenario(str(story)), 1, profile="none")


def test_a_generated_engagement_may_belong_to_an_office_of_any_code(tmp_path: Path) -> None:
    desk = DESK.replace("code: UK", "code: LON").replace("entity: UK", "entity: LON")
    (tmp_path / "desk.yaml").write_text(desk, encoding="utf-8")
    story = replaced(TINY, "firm: one-desk", "firm: desk.yaml").replace("entity: UK", "entity: LON")
    generated = "generated: [{code: ENG-02, entity: LON, kind: time_and_materials, approver: W-0001, pool: [W-0002]}]\n"
    (tmp_path / "story.yaml").write_text(story + generated, encoding="utf-8")
    plan = make_plan(*load_scenario(str(tmp_path / "story.yaml")), 1, profile="none")
    assert [terms.code for terms in plan.terms] == ["ENG-01", "ENG-02"]


# -- for editors -------------------------------------------------------------------------------------------------------


def test_the_schema_for_editors_knows_the_keys_of_a_scenario_and_no_others() -> None:
    schema = json.loads(schema_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
    assert {"schema", "name", "firm", "start", "weeks", "scripted", "generated"} <= set(schema["properties"])
    assert set(schema["required"]) == {"schema", "name", "title", "firm", "start", "weeks"}
    assert schema_text().endswith("}\n")


# -- a price and its parts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "old", "new", "told"),
    [
        (FIRST, '{on: 2026-05-29, amount: "63000.00"}', '{on: 2026-05-29, amount: "62999.99"}',
         "scripted.1.instalments: the instalments of ENG-02 come to 179999.99, its price is 180000.00"),
        (TINY, "kind: time_and_materials", "kind: stand_ready",
         "scripted.0: the instalments of ENG-01 come to 0, its price is 5000.00"),
        (FIRST, "kind: fixed_fee\n    price", "kind: fixed_fee_by_cost\n    price",
         "scripted.1.kind: ENG-02 is earned by cost: say what it is expected to cost (expected_cost)"),
        (FIRST, "kind: fixed_fee\n    price", "kind: milestone\n    price",
         "scripted.1.instalments: ENG-02 is not billed by instalments (milestone)"),
        (FIRST, "kind: fixed_fee\n    price", "kind: capped_time\n    price",
         "scripted.1.instalments: ENG-02 is not billed by instalments (capped_time)"),
        (TINY, "    time:\n", "    acceptances: [{milestone: M1, on: 2026-01-30}]\n    time:\n",
         "scripted.0.acceptances.0.milestone: unknown milestone 'M1'; known: none"),
    ],
)  # fmt: skip
def test_the_parts_of_a_price_must_fit_the_way_of_charging(
    refused: Refused, text: str, old: str, new: str, told: str
) -> None:
    wrong = refused(text, old, new)
    assert wrong.code == "bad_document"
    assert wrong.message.partition("story.yaml:")[2].partition(": ")[2] == told
