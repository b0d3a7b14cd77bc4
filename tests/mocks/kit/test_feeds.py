"""A feed is an outbox: its rows come and go with their transaction, and are read by position or by time."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.kit.feeds import Feed
from mocks.kit.records import Field, RecordType
from mocks.kit.store import Store
from sandbox.core.errors import HarnessError
from sandbox.core.observe import Announcement

THING = RecordType("thing", (Field("name"),))


def make_store() -> Store:
    return Store([THING], lambda record_type, label: label, lambda: 0)


@pytest.fixture
def store() -> Store:
    return make_store()


@pytest.fixture
def feed(store: Store) -> Feed:
    return Feed(store, "events")


def put(
    feed: Feed, t_us: int, name: str = "", *, kind: str = "", delay_us: int = 0, position: int | None = None
) -> int:
    """A row whose content is its name."""
    return feed.append(
        t_us, {"name": name}, event_id=f"e-{name}", covers=(), kind=kind, delay_us=delay_us, position=position
    )


def names_after(
    feed: Feed, position: int, now_us: int = 10**9, since_us: int = -(10**9), limit: int = 2000
) -> list[str]:
    rows = feed.after(position, now_us=now_us, since_us=since_us, limit=limit)
    return [row.content["name"] for row in rows]


def test_rows_of_a_rolled_back_transaction_never_existed(store: Store, feed: Feed) -> None:
    put(feed, 1, "kept")
    store.commit()
    put(feed, 2, "lost")
    store.rollback()
    assert names_after(feed, 0) == ["kept"]
    assert feed.last_position() == 1
    assert store.commit() == ((), ())
    # Nor did its position.
    assert put(feed, 3, "next") == 2


def test_a_row_of_a_failed_batch_item_never_existed(store: Store, feed: Feed) -> None:
    put(feed, 1, "first")
    with pytest.raises(ValueError, match="item"), store.savepoint():
        put(feed, 1, "of the item")
        raise ValueError("item")
    put(feed, 1, "second")
    _, announcements = store.commit()
    assert [each.event_id for each in announcements] == ["e-first", "e-second"]
    assert names_after(feed, 0) == ["first", "second"]


def test_a_row_is_announced_with_its_commit(store: Store, feed: Feed) -> None:
    covers = [("thing", "1"), ("thing", "2")]
    position = feed.append(5, {"a": [1, {"b": None}]}, event_id="e-1", covers=covers)
    _, announcements = store.commit()
    assert announcements == (Announcement("events", position, "e-1", (("thing", "1"), ("thing", "2"))),)
    (row,) = feed.after(0, now_us=5)
    assert (row.position, row.t_us, row.visible_us, row.content) == (1, 5, 5, {"a": [1, {"b": None}]})


def test_content_that_is_no_canonical_data_is_refused_and_announces_nothing(store: Store, feed: Feed) -> None:
    with pytest.raises(HarnessError, match="not allowed in a canonical record"):
        feed.append(1, {"amount": Decimal("1.5")}, event_id="e-1", covers=())
    assert store.commit() == ((), ())
    assert feed.last_position() == 0


def test_a_position_is_never_given_out_twice(store: Store, feed: Feed) -> None:
    for number in range(3):
        put(feed, number)
    feed.forget_before(10)
    assert feed.last_position() == 0
    assert put(feed, 10) == 4


def test_a_given_position_is_kept_and_counted_on_from(feed: Feed) -> None:
    assert put(feed, 1, position=700) == 700
    assert put(feed, 1) == 701
    assert feed.last_position() == 701


class Late:
    """Makes one event late."""

    def __init__(self, event_id: str, by_us: int) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self._event_id, self._by_us = event_id, by_us

    def __call__(self, stream: str, event_id: str, kind: str) -> int:
        self.asked.append((stream, event_id, kind))
        return self._by_us if event_id == self._event_id else 0


def test_a_late_row_is_seen_later_and_the_others_in_time(store: Store) -> None:
    late = Late("e-b", 100)
    feed = Feed(store, "events", late)
    for name in ("a", "b", "c"):
        put(feed, 10, name, kind="news", delay_us=5)
    assert feed.visible_us == 15
    assert late.asked == [("events", f"e-{name}", "news") for name in ("a", "b", "c")]
    assert names_after(feed, 0, now_us=15) == ["a", "c"]
    assert [row.content["name"] for row in feed.between(0, 115)] == ["a", "c", "b"]
    assert names_after(feed, 0, now_us=114) == ["a", "c"]


def test_a_stream_read_by_position_keeps_its_order_behind_a_late_row(store: Store) -> None:
    feed = Feed(store, "events", Late("e-b", 100))
    for number, name in enumerate(("a", "b", "c"), start=1):
        put(feed, 10 * number, name, position=number)
    put(feed, 130, "d", position=4)
    # b happened at 20 and is seen at 120; c waits for it, d is in time.
    assert names_after(feed, 0, now_us=119) == ["a"]
    assert names_after(feed, 0, now_us=120) == ["a", "b", "c"]
    assert names_after(feed, 0, now_us=130) == ["a", "b", "c", "d"]


def test_a_stream_whose_database_was_replaced_knows_what_waits_in_it(store: Store) -> None:
    first = Feed(store, "events", Late("e-a", 100))
    put(first, 10, "a", position=1)
    store.commit()
    other = make_store()
    second = Feed(other, "events")
    put(second, 500, "z", position=7)
    other.commit()
    other.deserialize(store.serialize())
    second.reload()
    put(second, 20, "b", position=2)
    assert names_after(second, 0, now_us=109) == []
    assert names_after(second, 0, now_us=110) == ["a", "b"]


def test_two_feeds_of_one_system_count_apart(store: Store, feed: Feed) -> None:
    other = Feed(store, "other")
    put(feed, 1, "a")
    put(feed, 1, "b")
    assert put(other, 1, "c") == 1
    assert names_after(other, 0) == ["c"]
    _, announcements = store.commit()
    assert [each.stream for each in announcements] == ["events", "events", "other"]


def test_rows_after_a_position_come_in_its_order_without_it(feed: Feed) -> None:
    for name in ("a", "b", "c"):
        put(feed, 1, name)
    assert names_after(feed, 0) == ["a", "b", "c"]
    assert names_after(feed, 2) == ["c"]
    assert names_after(feed, 3) == []
    assert names_after(feed, 0, limit=2) == ["a", "b"]


def test_a_delayed_row_is_not_seen_before_its_time(feed: Feed) -> None:
    put(feed, 100, "slow", delay_us=30)
    assert names_after(feed, 0, now_us=129) == []
    assert names_after(feed, 0, now_us=130) == ["slow"]
    (row,) = feed.after(0, now_us=130)
    assert (row.t_us, row.visible_us) == (100, 130)


def test_a_reader_may_ask_for_what_became_visible_since(feed: Feed) -> None:
    put(feed, 10, "old")
    put(feed, 20, "edge")
    put(feed, 5, "late", delay_us=20)
    assert names_after(feed, 0, since_us=20) == ["edge", "late"]
    assert names_after(feed, 0, since_us=21) == ["late"]


def test_a_span_of_time_includes_both_its_ends(feed: Feed) -> None:
    for t_us in (9, 10, 15, 20, 21):
        put(feed, t_us, str(t_us))
    assert [row.content["name"] for row in feed.between(10, 20)] == ["10", "15", "20"]
    assert [row.content["name"] for row in feed.between(10, 20, limit=2)] == ["10", "15"]
    assert feed.between(20, 10) == []


def test_a_span_is_read_in_the_order_of_becoming_visible(feed: Feed) -> None:
    put(feed, 10, "slow", delay_us=10)
    put(feed, 15, "quick")
    put(feed, 20, "same instant")
    assert [row.content["name"] for row in feed.between(0, 100)] == ["quick", "slow", "same instant"]


def test_a_reader_picks_by_kind(feed: Feed) -> None:
    put(feed, 1, "time", kind="time_entry")
    put(feed, 2, "bill", kind="invoice")
    put(feed, 3, "plan", kind="story")
    picked = feed.between(0, 10, kinds=("invoice", "time_entry"))
    assert [row.content["name"] for row in picked] == ["time", "bill"]
    assert feed.between(0, 10, kinds=("nothing",)) == []
    assert len(feed.between(0, 10)) == 3
    assert [row.content["name"] for row in feed.between(2, 10, kinds=("invoice", "time_entry"))] == ["bill"]


def test_what_is_older_than_the_retention_is_dropped_by_when_it_happened(feed: Feed) -> None:
    put(feed, 9, "old", delay_us=100)
    put(feed, 10, "kept")
    feed.forget_before(10)
    assert names_after(feed, 0) == ["kept"]


def test_what_is_dropped_comes_back_with_a_rollback(store: Store, feed: Feed) -> None:
    put(feed, 1, "a")
    store.commit()
    feed.forget_before(10)
    store.rollback()
    assert names_after(feed, 0) == ["a"]


ROWS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 5), st.sampled_from(("", "x", "y")), st.booleans()), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, position=st.integers(0, 12), now_us=st.integers(0, 25), since_us=st.integers(0, 25))
def test_a_feed_reads_like_a_plain_list(
    rows: list[tuple[int, int, str, bool]], position: int, now_us: int, since_us: int
) -> None:
    store = make_store()
    feed = Feed(store, "events")
    model: list[tuple[int, int, str]] = []
    for t_us, delay_us, kind, kept in rows:
        given_out = put(feed, t_us, kind=kind, delay_us=delay_us)
        assert given_out == len(model) + 1
        if kept:
            store.commit()
            model.append((given_out, t_us + delay_us, kind))
        else:
            store.rollback()
    after = [row.position for row in feed.after(position, now_us=now_us, since_us=since_us)]
    assert after == [p for p, visible, _ in model if p > position and since_us <= visible <= now_us]
    between = [row.position for row in feed.between(since_us, now_us, kinds=("x",))]
    spanned = sorted((visible, p) for p, visible, kind in model if kind == "x" and since_us <= visible <= now_us)
    assert between == [p for _, p in spanned]
