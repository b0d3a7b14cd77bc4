"""Two histories are the same to the byte, or the record from which they part is shown."""

from __future__ import annotations

import pytest

from sandbox.history.difference import Difference, first_difference

ONE, TWO, OTHER = b'{"seq":0}\n', b'{"seq":1}\n', b'{"seq":1,"kind":"change"}\n'


def test_equal_histories_do_not_differ() -> None:
    assert first_difference([], []) is None
    assert first_difference([ONE, TWO], iter([ONE, TWO])) is None


@pytest.mark.parametrize(
    ("left", "right", "difference"),
    [
        ([ONE, TWO, ONE], [ONE, OTHER, TWO], Difference(1, TWO, OTHER)),
        ([ONE, TWO], [ONE], Difference(1, TWO, None)),
        ([], [ONE], Difference(0, None, ONE)),
    ],
)
def test_the_first_record_that_differs_is_found(left: list[bytes], right: list[bytes], difference: Difference) -> None:
    assert first_difference(left, right) == difference


def test_a_difference_is_told_with_what_each_history_has_there() -> None:
    assert Difference(1, OTHER, None).told("runs/a", "runs/b") == (
        'the histories differ from record 1 on\n  runs/a: {"seq":1,"kind":"change"}\n  runs/b: (ended)'
    )
