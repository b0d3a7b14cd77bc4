"""A server with threads: one connection and one lock lose nothing (dependencies.md section 11)."""

from __future__ import annotations

from threading import Lock, Thread

from mocks.kit.shell import flask_app
from tests.mocks.adapters import adapters

THREADS, EACH = 4, 25


def test_four_threads_behind_a_lock_lose_and_double_nothing() -> None:
    (adapter,) = [each for each in adapters() if each.name == "psa"]
    mock = adapter.make()
    app = flask_app(mock, Lock())
    statuses: list[int] = []

    def client(thread: int) -> None:
        with app.test_client() as http:
            for index in range(EACH):
                sent = adapter.create(thread * EACH + index)
                answer = http.open(
                    sent.path, method=sent.method, query_string=sent.query, headers=sent.headers, data=sent.body
                )
                statuses.append(answer.status_code)

    before = sum(map(len, mock.dump().values()))
    threads = [Thread(target=client, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * THREADS * EACH
    after = sum(map(len, mock.dump().values()))
    assert (after - before) % (THREADS * EACH) == 0
    assert after - before >= THREADS * EACH
