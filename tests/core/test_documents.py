"""A document that fits becomes a model; one that does not is told file, line, path and what was expected."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from sandbox.core.documents import line_of, parse_document
from sandbox.core.errors import UsageError


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Instalment(Shape):
    on: date
    amount: Annotated[Decimal, Field(max_digits=14, decimal_places=2)]


class Engagement(Shape):
    code: Annotated[str, Field(pattern="^[A-Z]+$")]
    kind: Literal["time_and_materials", "fixed_fee"] = "fixed_fee"
    instalments: tuple[Instalment, ...] = ()


class Story(Shape):
    schema_: Literal[1] = Field(alias="schema")
    title: str
    billable: bool = True
    rate: Decimal = Decimal(0)
    weeks: Annotated[int, Field(ge=1, le=104)] = 1
    engagements: dict[str, Engagement] = Field(default_factory=dict)
    team: tuple[str, ...] = ()


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")


STORY = """\
# A comment, so that no line is its own number.
schema: 1
title: a small story
weeks: 4
engagements:
  north:
    code: NORTH
    instalments:
      - {on: 2026-01-31, amount: 1000.10}
      - on: 2026-02-28
        amount: 2000
  south:
    code: SOUTH
team:
  - W-0001
  - W-0002
"""


def value(text: str) -> Any:
    """What a value written as ``text`` becomes."""
    return parse_document(f"value: {text}\n", "x.yaml", Anything).model_dump()["value"]


def complaint(text: str, model: type[BaseModel] = Story) -> UsageError:
    """What is said of a document."""
    with pytest.raises(UsageError) as caught:
        parse_document(text, "story.yaml", model)
    return caught.value


def changed(old: str, new: str) -> str:
    """The story with one mistake in it."""
    assert STORY.count(old) == 1
    return STORY.replace(old, new)


# -- what fits ---------------------------------------------------------------------------------------------------------


def test_a_document_that_fits_becomes_its_model() -> None:
    story = parse_document(STORY, "story.yaml", Story)
    first, second = story.engagements["north"].instalments
    assert (story.title, story.weeks, story.team) == ("a small story", 4, ("W-0001", "W-0002"))
    assert (first.on, first.amount) == (date(2026, 1, 31), Decimal("1000.10"))
    assert second.amount == 2000


@pytest.mark.parametrize("word", ["on", "off", "yes", "no", "On", "NO", "y", "n", "Yes", "OFF"])
def test_words_that_older_yaml_takes_for_booleans_are_texts(word: str) -> None:
    assert value(word) == word
    assert parse_document(f"{word}: 1\n", "x.yaml", Anything).model_dump() == {word: 1}


@pytest.mark.parametrize(
    ("text", "meant"), [("true", True), ("false", False), ("True", True), ("FALSE", False), ("TRUE", True)]
)
def test_true_and_false_are_booleans_in_any_case(text: str, meant: bool) -> None:
    assert value(text) is meant


@pytest.mark.parametrize("text", ["truely", "falsey", "'true'", "True."])
def test_what_only_resembles_a_boolean_is_a_text(text: str) -> None:
    assert value(text) == text.strip("'")


@pytest.mark.parametrize("text", ["0.1", "57600.10", "-12.50", "1_000.25", "0.30000000000000004", "1.5e+3"])
def test_a_fraction_is_read_exactly(text: str) -> None:
    read = value(text)
    assert isinstance(read, Decimal)
    assert str(read) == str(Decimal(text.replace("_", "")))


def test_whole_numbers_dates_and_nothing_are_what_they_look_like() -> None:
    assert [value(text) for text in ("12", "-3", "2026-01-12", "", "~", "null", "[]", "{}")] == [
        12, -3, date(2026, 1, 12), None, None, None, [], {},
    ]  # fmt: skip


def test_keys_are_texts_whatever_they_look_like() -> None:
    text = "2026: a\n2026-01-12: b\n1.50: c\ntrue: d\nnested:\n  - {7: e}\n"
    assert parse_document(text, "x.yaml", Anything).model_dump() == {
        "2026": "a",
        "2026-01-12": "b",
        "1.50": "c",
        "True": "d",
        "nested": [{"7": "e"}],
    }


def test_an_anchor_may_be_used_again() -> None:
    text = "first: &it {code: A}\nsecond: *it\n"
    assert parse_document(text, "x.yaml", Anything).model_dump()["second"] == {"code": "A"}


@settings(max_examples=100, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_every_amount_with_a_point_comes_back_to_the_digit(amount: Decimal) -> None:
    text = format(amount, "f")
    assert format(value(text), "f") == text


# -- what is no YAML ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\nb: [1, 2\n", 3, "expected ',' or ']', but got '<stream end>'"),
        ("a: 1\nb: 2\n  c: 3\n", 3, "mapping values are not allowed here"),
        ("a: 1\nb: *nowhere\n", 2, "found undefined alias 'nowhere'"),
        ("a: 1\nb: !!python/object:os.system {}\n", 2, "could not determine a constructor for the tag"),
        ("a: 1\nb: [\n\tc]\n", 3, "found character '\\t' that cannot start any token"),
        ("a: 1\n---\nb: 2\n", 2, "but found another document"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, line: int, problem: str) -> None:
    error = complaint(text, Anything)
    assert error.message.startswith(f"story.yaml:{line}: not YAML: {problem}")
    assert (error.code, error.fields["file"], error.fields["line"]) == ("bad_yaml", "story.yaml", line)


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a'"),
        ("a:\n  b: 1\n  b: 1\n", 3, "'b'"),
        ("a: [1, {b: 1}, {c: 1, c: 2}]\n", 1, "'c'"),
        ("1: a\n2: b\n1: c\n", 3, "1"),
        ("a: 1\n'a': 2\n", 2, "'a'"),
    ],
)
def test_a_key_that_stands_twice_is_a_mistake(text: str, line: int, key: str) -> None:
    told = complaint(text, Anything).message
    assert told.startswith(f"story.yaml:{line}: not YAML: ")
    assert told.endswith(" stands here twice")
    assert key in told


def test_a_key_that_stands_twice_in_two_spellings_is_a_mistake() -> None:
    assert "stands here twice" in complaint("7: a\n'7': b\n", Anything).message


@pytest.mark.parametrize("value", ["2026-02-30", "2026-01-12T25:00:00Z"])
def test_a_day_or_an_hour_there_is_not_is_a_mistake(value: str) -> None:
    error = complaint(f"a: 1\nb: {value}\n", Anything)
    assert error.message.startswith(f"story.yaml:2: not YAML: {value}: ")


def test_bytes_are_read_as_utf_8_and_nothing_else() -> None:
    assert parse_document("title: Zürich\n".encode(), "story.yaml", Anything).model_dump() == {"title": "Zürich"}
    with pytest.raises(UsageError) as caught:
        parse_document("a: 1\ntitle: Zürich\n".encode("latin-1"), "story.yaml", Anything)
    assert caught.value.message == "story.yaml:2: not UTF-8: byte 0xfc"
    assert (caught.value.code, caught.value.fields) == ("bad_encoding", {"file": "story.yaml", "line": 2})


ESCAPES = [
    pytest.param("a: 1\nb: \x00\n", 2, id="a character YAML does not allow"),
    pytest.param("a: 1\nb: .inf\n", 2, id="infinity"),
    pytest.param("a: 1\nb: .nan\n", 2, id="no number"),
    pytest.param("a: 1\nb: 1:30.5\n", 2, id="a fraction to the base of sixty"),
    pytest.param("a: 1\nb: !!int x\n", 2, id="a whole number that is none"),
    pytest.param("a: 1\nb: !!bool maybe\n", 2, id="a boolean that is none"),
    pytest.param("a: 1\n? [x, y]\n: 2\n", 2, id="a list as a key"),
]


@pytest.mark.parametrize(("text", "line"), ESCAPES)
def test_no_mistake_in_a_document_ends_in_a_traceback(text: str, line: int) -> None:
    assert complaint(text, Anything).message.startswith(f"story.yaml:{line}: ")


def test_a_mapping_inside_itself_is_refused() -> None:
    assert complaint("a: 1\nb: &it {c: *it}\n", Anything).message.startswith("story.yaml:")


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "nothing"),
        ("# only a comment\n", "nothing"),
        ("~\n", "nothing"),
        ("- a\n- b\n", "a list"),
        ("just a text\n", "a text"),
        ("12\n", "int"),
    ],
)
def test_a_document_that_is_no_mapping_is_refused(text: str, got: str) -> None:
    error = complaint(text)
    assert error.message == f"story.yaml:1: expected a mapping, got {got}"
    assert error.code == "bad_document"


# -- what does not fit -------------------------------------------------------------------------------------------------


def test_a_wrong_type_is_told_with_line_path_what_was_expected_and_what_came() -> None:
    error = complaint(changed("weeks: 4", "weeks: four"))
    assert error.message == (
        "story.yaml:4: weeks: input should be a valid integer, unable to parse string as an integer, got 'four'"
    )
    assert error.code == "bad_document"
    assert error.fields == {"file": "story.yaml", "line": 4, "path": "weeks"}


def test_a_value_out_of_bounds_names_the_bound() -> None:
    error = complaint(changed("weeks: 4", "weeks: 105"))
    assert error.message == "story.yaml:4: weeks: input should be less than or equal to 104, got 105"


def test_a_missing_key_is_told_at_the_line_of_what_lacks_it() -> None:
    assert complaint("\n# nothing yet\ntitle: x\n").message == "story.yaml:3: schema: 'schema' is missing"
    nested = complaint(changed("  south:\n    code: SOUTH\n", "  south:\n    kind: fixed_fee\n"))
    assert nested.message == "story.yaml:12: engagements.south.code: 'code' is missing"


def test_a_mistake_deep_inside_is_told_with_its_whole_path_and_its_own_line() -> None:
    error = complaint(changed("on: 2026-02-28", "on: soon"))
    assert error.message.startswith("story.yaml:10: engagements.north.instalments.1.on: input should be a valid date")
    assert error.message.endswith("got 'soon'")
    in_flow = complaint(changed("amount: 1000.10", "amount: 1000.105"))
    assert in_flow.message.startswith("story.yaml:9: engagements.north.instalments.0.amount: ")
    assert in_flow.message.endswith("got Decimal('1000.105')")


def test_an_item_of_a_list_is_told_by_its_index_and_its_own_line() -> None:
    error = complaint(changed("- W-0002", "- {name: W-0002}"))
    assert error.message == ("story.yaml:16: team.1: input should be a valid string, got {'name': 'W-0002'}")
    assert error.fields["path"] == "team.1"


def test_a_missing_key_of_an_item_is_told_at_the_line_of_the_item() -> None:
    error = complaint(changed("      - on: 2026-02-28\n        amount: 2000\n", "      - on: 2026-02-28\n"))
    assert error.message == "story.yaml:10: engagements.north.instalments.1.amount: 'amount' is missing"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("weeks: 4", "week: 4", "story.yaml:4: week: unknown key 'week'; did you mean 'weeks'?"),
        (
            "    code: SOUTH",
            "    code: SOUTH\n    instalment: []",
            "story.yaml:14: engagements.south.instalment: unknown key 'instalment'; did you mean 'instalments'?",
        ),
        (
            "        amount: 2000",
            "        amount: 2000\n        amout: 2000",
            "story.yaml:12: engagements.north.instalments.1.amout: unknown key 'amout'; did you mean 'amount'?",
        ),
        ("weeks: 4", "quux: 4", "story.yaml:4: quux: unknown key 'quux'"),
        ("schema: 1", "schema: 1\nshema: 1", "story.yaml:3: shema: unknown key 'shema'; did you mean 'schema'?"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_one_of_its_place(old: str, new: str, told: str) -> None:
    assert complaint(changed(old, new)).message == told


def test_a_key_of_another_place_is_not_proposed() -> None:
    assert complaint(changed("weeks: 4", "codes: 4")).message == "story.yaml:4: codes: unknown key 'codes'"


def test_a_value_of_a_closed_list_is_told_the_list() -> None:
    error = complaint(changed("    code: SOUTH", "    code: SOUTH\n    kind: retainer"))
    assert error.message == (
        "story.yaml:14: engagements.south.kind: input should be 'time_and_materials' or 'fixed_fee', got 'retainer'"
    )


def test_a_key_spelled_as_a_number_is_found_again_for_its_line() -> None:
    error = complaint("schema: 1\ntitle: x\nengagements:\n  2026:\n    code: lower\n")
    assert error.message.startswith("story.yaml:5: engagements.2026.code: string should match pattern")


def test_a_misspelled_key_that_is_required_is_told_as_misspelled() -> None:
    error = complaint("schema: 1\ntitel: x\n")
    assert error.message.startswith("story.yaml:2: titel: unknown key 'titel'; did you mean 'title'?")


def test_several_mistakes_are_counted_and_the_first_is_told() -> None:
    error = complaint("schema: 2\nweeks: 0\n")
    assert error.message.startswith("story.yaml:1: schema: input should be 1, got 2")
    assert error.message.endswith("(and 2 more)")
    assert complaint("schema: 2\ntitle: x\n").message.count("more") == 0


def test_a_long_value_is_shown_short() -> None:
    error = complaint(f"schema: 1\ntitle: [{'x' * 100}]\n")
    shown = error.message.partition("got ")[2]
    assert shown == "['" + "x" * 55 + "..."
    assert len(shown) == 60


def test_a_word_that_is_no_boolean_is_refused_where_one_is_expected() -> None:
    error = complaint("schema: 1\ntitle: x\nbillable: maybe\n")
    assert error.message.startswith("story.yaml:3: billable: input should be a valid boolean")
    assert error.message.endswith("got 'maybe'")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 2),
        (("title",), 3),
        (("engagements", "north", "instalments", 1, "amount"), 11),
        (("team", 1), 16),
        # What is not there is looked for where it would be.
        (("engagements", "north", "price"), 6),
        (("team", 7), 14),
        (("title", "words"), 3),
    ],
)
def test_the_line_of_a_place_is_found(path: tuple[str | int, ...], line: int) -> None:
    assert line_of(STORY, path) == line
    assert line_of(STORY.encode(), path) == line


def test_an_empty_document_has_one_line() -> None:
    assert line_of("", ("title",)) == 1
