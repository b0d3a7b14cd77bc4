"""Live use: requests the sandbox itself sends, to jobs of an engine under test."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from sandbox.core.errors import UsageError
from sandbox.core.wire import dumps

# How long a job may take: assumed.
JOB_S = 120


def call_job(name: str, url: str, now_iso: str) -> bool:
    """POST the simulated instant to a job and wait for its answer.

    Returns whether the job is done: one that answers 202 has only begun. Raises UsageError when nobody answers
    there, or the job says that it failed.
    """
    body = dumps({"trigger": name, "now": now_iso})
    headers = {"Content-Type": "application/json", "X-Sim-Time": now_iso}
    # Only http and https: the interface contract takes no other addresses.
    request = Request(url, body, headers, method="POST")  # noqa: S310
    try:
        with urlopen(request, timeout=JOB_S) as answer:  # noqa: S310
            return int(answer.status) != HTTPStatus.ACCEPTED
    except HTTPError as failed:
        raise UsageError(f"trigger {name}: {url} answered {failed.code}", code="trigger_failed") from failed
    except (URLError, OSError, HTTPException) as silent:
        raise UsageError(f"trigger {name}: nobody answers at {url}: {silent}", code="trigger_failed") from silent
