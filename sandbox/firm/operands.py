"""How a figure comes about, as people write it: prose with sums in it, read and worked out again.

A sum is what stands around ``=``: ``16 h x 93.75 = 1,500.00``, ``4,000,000 x 1.12 / 83.20 = 53,846.15``,
``(700 + 120) x 2 = 1,640``. The right side is the left one, rounded half away from zero to the decimals it is shown
with; a rounded form may follow (``= 283.333 -> 283.33``), and so may a next step that goes on from what is shown
(``= 4,480,000.00 / 83.20 = 53,846.15``). A bracket counts as what its last ``=`` shows. Numbers are ``1,500.00``,
``20%`` or ``6:40`` hours; words beside them are labels but for ``less``, which is a minus; ``;``, ``:``, a comma or a
full stop begins anew. Text without ``=`` is prose: only its brackets are looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<word>\d{4}-\d\d-\d\d|[^\W\d_][\w'\u2019.-]*[\w'\u2019]|[^\W\d_])
    | (?P<number>\d+:\d\d(?!\d)|\d[\d,]*\d(?:\.\d+)?%?|\d(?:\.\d+)?%?)
    | (?P<arrow>->)
    | (?P<mark>[-+/()=;:,.])
    | (?P<other>\S)
    )""",
    re.VERBOSE,
)
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+|\d+")
_BREAKS = (";", ":", ",", ".")
_OPERATORS = ("+", "-", "x", "/")


class Unworkable(ValueError):
    """A sum that cannot be read or does not come out; the message shows it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One ``=`` that comes out: its text as read, what stands on its right, and what it is exactly."""

    text: str
    shown: Fraction
    exact: Fraction


@dataclass(frozen=True, slots=True)
class _Value:
    """An operand: exactly what it counts as, and its text with the decimals it is shown with."""

    exact: Fraction
    text: str
    places: int = 0


_Item = _Value | str


def worked_steps(text: str) -> list[Step]:
    """Every sum of an explanation, in the order they stand there. Raises Unworkable."""
    steps: list[Step] = []
    for part in _parts(_Reader(text).items(steps)):
        _read(part, steps)
    return steps


def values_of(text: str) -> list[Fraction]:
    """What each part between semicolons comes to: its sum, or else its last number. Raises Unworkable."""
    found = []
    for part in text.split(";"):
        read = [value for piece in _parts(_Reader(part).items([])) if (value := _read(piece, [])) is not None]
        found += [read[-1].exact] if read else []
    return found


def rounded(value: Fraction, places: int) -> Fraction:
    """Half away from zero."""
    scale = 10**places
    whole = (2 * abs(value.numerator) * scale + value.denominator) // (2 * value.denominator)
    return Fraction(whole if value >= 0 else -whole, scale)


class _Reader:
    """Tokens to items: operands, operators, ``=`` and ``->``, breaks; words become labels, brackets what they hold."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_TOKEN.finditer(text))
        self._at = 0

    def items(self, steps: list[Step], *, inside: bool = False) -> list[_Item]:
        """Everything up to the end, or to the bracket that closes. Sums inside brackets go to ``steps``."""
        found: list[_Item] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            text = token.group().strip()
            if token["number"]:
                found.append(_number(text, self._text))
            elif text == "(":
                found += self._bracket(steps)
            elif text == ")":
                if inside:
                    return found
                raise Unworkable(f"a bracket closes that was not opened: {self._text!r}")
            elif text == "less":
                # As in ``= 66,000.00, less 28,000.00``.
                found[-1:] = ["-"] if found[-1:] == [","] else [*found[-1:], "-"]
            elif text in (*_OPERATORS, *_BREAKS, "=", "->"):
                found.append(text)
        if inside:
            raise Unworkable(f"a bracket is not closed: {self._text!r}")
        return found

    def _bracket(self, steps: list[Step]) -> list[_Item]:
        """A bracket with a sum is an operand, one with a remark is none."""
        first = self._at
        inner = self.items(steps, inside=True)
        parts = _parts(inner)
        values = [value for part in parts if (value := _read(part, steps)) is not None]
        is_sum = len(parts) == 1 and values and any(item in (*_OPERATORS, "=") for item in inner)
        shown = self._text[self._tokens[first - 1].start() : self._tokens[self._at - 1].end()].strip()
        return [_Value(values[0].exact, shown)] if is_sum else []


def _parts(items: Sequence[_Item]) -> list[list[_Item]]:
    """Items between breaks."""
    parts: list[list[_Item]] = [[]]
    for item in items:
        if item in _BREAKS:
            parts.append([])
        else:
            parts[-1].append(item)
    return [part for part in parts if part]


def _read(part: Sequence[_Item], steps: list[Step]) -> _Value | None:
    """What a part comes to. With ``=`` it is worked out, step by step; without it is the last operand, or its sum."""
    if "=" not in part:
        return _loosely(part)
    sides: list[list[_Item]] = [[]]
    for item in part:
        if item == "=":
            sides.append([])
        else:
            sides[-1].append(item)
    value = _worked(_from_last_break(sides[0]), "before")
    for number, side in enumerate(sides[1:], start=1):
        is_last = number == len(sides) - 1
        value = _step(value, side, steps, is_last=is_last)
    return value


def _step(value: _Value, side: list[_Item], steps: list[Step], *, is_last: bool) -> _Value:
    """``= shown``, perhaps ``-> rounded``, perhaps the next operators; returns what the next ``=`` is about."""
    sign = -1 if side and side[0] == "-" else 1
    rest = side[1:] if sign < 0 else side
    if not rest or not isinstance(rest[0], _Value):
        raise Unworkable(f"nothing stands behind {value.text!r} =")
    shown = _Value(sign * rest[0].exact, ("-" if sign < 0 else "") + rest[0].text, rest[0].places)
    _compare(value, shown, steps)
    rest = rest[1:]
    while rest[:1] == ["->"]:
        if len(rest) < 2 or not isinstance(rest[1], _Value):
            raise Unworkable(f"nothing stands behind {shown.text!r} ->")
        shown = rest[1]
        _compare(value, shown, steps)
        rest = rest[2:]
    if not is_last:
        return _worked([shown, *rest], "behind")
    try:
        return _worked([shown, *rest], "behind")
    except Unworkable:
        # What follows the last result is prose.
        return shown


def _compare(value: _Value, shown: _Value, steps: list[Step]) -> None:
    comes_to = rounded(value.exact, shown.places)
    if comes_to != shown.exact:
        raise Unworkable(f"{value.text} = {shown.text}: it comes to {_plain(comes_to, shown.places)}")
    steps.append(Step(f"{value.text} = {shown.text}", shown.exact, value.exact))


def _from_last_break(items: list[_Item]) -> list[_Item]:
    """From where two operands stand beside each other on: what is before is prose (``3 February 400 + 80``)."""
    start = 0
    for at in range(1, len(items)):
        if isinstance(items[at - 1], _Value) and isinstance(items[at], _Value):
            start = at
    return items[start:]


def _loosely(part: Sequence[_Item]) -> _Value | None:
    """What a part without ``=`` comes to: a sum when it is one, else its last operand."""
    run = _from_last_break(list(part))
    try:
        return _worked(run, "in")
    except Unworkable:
        operands = [item for item in part if isinstance(item, _Value)]
        return operands[-1] if operands else None


def _worked(items: Sequence[_Item], where: str) -> _Value:
    """Products before sums; a sign may stand before the first operand."""
    text = " ".join(item.text if isinstance(item, _Value) else item for item in items)
    left = list(items)
    if left[:1] == ["-"]:
        left.insert(0, _Value(Fraction(0), ""))
    terms = _Terms()
    for at, item in enumerate(left):
        if isinstance(item, _Value) == bool(at % 2) or item == "->":
            raise Unworkable(f"operands and operators do not take turns {where} =: {text!r}")
    if not left or len(left) % 2 == 0:
        raise Unworkable(f"an operand is missing {where} =: {text!r}")
    operators = ["+", *(str(item) for item in left[1::2])]
    for operator, operand in zip(operators, (item for item in left[::2] if isinstance(item, _Value)), strict=True):
        terms.take(operator, operand)
    lone = left[0] if len(left) == 1 and isinstance(left[0], _Value) else None
    return lone or _Value(terms.total, text)


class _Terms:
    """A sum of products in the making."""

    def __init__(self) -> None:
        self._done, self._last = Fraction(0), Fraction(0)

    def take(self, operator: str, operand: _Value) -> None:
        """One more operand. Raises Unworkable on a division by nothing."""
        if operator == "x":
            self._last *= operand.exact
        elif operator == "/":
            if not operand.exact:
                raise Unworkable(f"nothing can be divided by {operand.text}")
            self._last /= operand.exact
        else:
            self._done += self._last
            self._last = operand.exact if operator == "+" else -operand.exact

    @property
    def total(self) -> Fraction:
        """All of it."""
        return self._done + self._last


def _number(text: str, whole: str) -> _Value:
    hours, colon, minutes = text.partition(":")
    if colon:
        return _Value(Fraction(int(hours)) + Fraction(int(minutes), 60), text)
    digits = text.removesuffix("%")
    before, _, decimals = digits.partition(".")
    if _GROUPED.fullmatch(before) is None:
        raise Unworkable(f"{text!r} is no number (thousands have a comma each, 1,234.50) in {whole!r}")
    value = Fraction(digits.replace(",", ""))
    return _Value(value / 100 if text != digits else value, text, len(decimals))


def _plain(value: Fraction, places: int) -> str:
    whole = int(abs(value) * 10**places)
    digits = f"{whole:0{places + 1}d}"
    head, tail = (digits[:-places], f".{digits[-places:]}") if places else (digits, "")
    return f"{'-' if value < 0 else ''}{int(head):,}{tail}"


def mistakes_in(how: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(Figure, what is wrong with its explanation)."""
    for name, text in how.items():
        try:
            worked_steps(text)
        except Unworkable as wrong:
            yield name, str(wrong)
