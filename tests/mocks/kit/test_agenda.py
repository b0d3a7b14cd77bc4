"""What a system will do by itself are rows: earliest first, and part of the transaction that plans or takes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.kit.agenda import Agenda
from mocks.kit.store import Store
from sandbox.core.errors import HarnessError


def make_store() -> Store:
    return Store([], lambda record_type, label: label, lambda: 0)


@pytest.fixture
def store() -> Store:
    return make_store()


@pytest.fixture
def agenda(store: Store) -> Agenda:
    return Agenda(store)


def test_a_job_taken_is_gone(agenda: Agenda) -> None:
    agenda.add(10, "close", period="2026-01")
    taken = agenda.take(10)
    assert taken is not None
    assert (taken.due_us, taken.job, taken.arguments) == (10, "close", {"period": "2026-01"})
    assert agenda.take(10) is None
    assert agenda.planned("close") == []


def test_a_job_is_not_taken_before_its_time(agenda: Agenda) -> None:
    agenda.add(10, "close")
    assert agenda.take(9) is None
    assert agenda.next_due_us() == 10


def test_a_job_taken_by_a_transaction_that_rolls_back_is_still_to_do(store: Store, agenda: Agenda) -> None:
    agenda.add(10, "close")
    store.commit()
    assert agenda.take(10) is not None
    store.rollback()
    assert agenda.next_due_us() == 10
    assert agenda.take(10) is not None


def test_a_job_planned_by_a_transaction_that_rolls_back_was_never_planned(store: Store, agenda: Agenda) -> None:
    agenda.add(10, "close")
    store.rollback()
    assert agenda.next_due_us() is None
    assert agenda.take(10) is None


def test_jobs_of_one_name_are_listed_in_order_and_left_there(agenda: Agenda) -> None:
    agenda.add(30, "close", n=3)
    agenda.add(10, "close", n=1)
    agenda.add(20, "other")
    agenda.add(10, "close", n=2)
    assert [due.arguments["n"] for due in agenda.planned("close")] == [1, 2, 3]
    assert [due.arguments["n"] for due in agenda.planned("close")] == [1, 2, 3]
    assert agenda.planned("nothing") == []


def test_a_look_at_an_agenda_with_nothing_due_opens_no_transaction(store: Store, agenda: Agenda) -> None:
    agenda.add(10, "close")
    store.commit()
    agenda.take(9)
    agenda.next_due_us()
    agenda.planned("close")
    assert not store.db.in_transaction


def test_whoever_wakes_the_agenda_is_told_of_every_new_job(agenda: Agenda) -> None:
    assert agenda.touched, "a fresh agenda has never been looked at"
    agenda.touched = False
    agenda.add(10, "close")
    assert agenda.touched


def test_arguments_that_are_no_plain_data_are_refused(store: Store, agenda: Agenda) -> None:
    with pytest.raises(HarnessError, match="not allowed in a canonical record"):
        agenda.add(10, "pay", amount=Decimal("1.50"))
    assert agenda.next_due_us() is None


def test_an_agenda_made_again_on_the_same_database_keeps_its_jobs(store: Store, agenda: Agenda) -> None:
    agenda.add(10, "close")
    assert Agenda(store).next_due_us() == 10


@settings(max_examples=60, deadline=None)
@given(due=st.lists(st.integers(0, 9), max_size=12), now_us=st.integers(0, 9))
def test_jobs_run_earliest_first_and_then_in_the_order_they_were_planned(due: list[int], now_us: int) -> None:
    agenda = Agenda(make_store())
    for number, due_us in enumerate(due):
        agenda.add(due_us, "job", number=number)
    taken: list[int] = []
    while (job := agenda.take(now_us)) is not None:
        taken.append(job.arguments["number"])
    assert taken == [number for due_us, number in sorted(zip(due, range(12), strict=False)) if due_us <= now_us]
    assert agenda.next_due_us() == min((due_us for due_us in due if due_us > now_us), default=None)
