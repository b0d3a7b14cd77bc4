"""Chance is the same everywhere, and each stream is its own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.core.chance import Chance, Stream


def test_the_generator_gives_the_published_splitmix_numbers() -> None:
    # Reference vector of SplitMix64 for state 1234567 (Vigna's splitmix64.c).
    stream = Stream(1234567)
    assert [stream.u64() for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_the_vectors_published_for_engines_in_other_languages() -> None:
    stream = Chance(1).stream("example")
    assert [stream.below(1000) for _ in range(5)] == [633, 661, 996, 29, 626]
    assert Chance(1).stream("a", "b").u64() == 13216686007308709661


def test_a_draw_in_one_stream_moves_no_other() -> None:
    chance = Chance(7)
    expected = chance.stream("b").u64()
    chance.stream("a").u64()
    assert chance.stream("b").u64() == expected


@given(st.integers(0, 2**63), st.integers(1, 10**9))
def test_below_stays_below(seed: int, bound: int) -> None:
    assert 0 <= Chance(seed).stream("x").below(bound) < bound


@given(st.integers(0, 2**32), st.lists(st.integers(), max_size=30))
def test_a_shuffle_keeps_every_item(seed: int, items: list[int]) -> None:
    assert sorted(Chance(seed).stream("x").shuffled(items)) == sorted(items)


def test_exponential_draws_have_their_mean() -> None:
    stream = Chance(3).stream("exponential")
    total = sum(stream.exponential(1000) for _ in range(20_000))
    assert 970 <= total // 20_000 <= 1030


def test_weights_of_zero_are_never_drawn() -> None:
    stream = Chance(3).stream("weights")
    assert {stream.weighted([("never", 0), ("always", 5)]) for _ in range(200)} == {"always"}
