"""Branches of a simulated world by ``os.fork``: the accelerator of a fork, which is defined by re-execution.

Only for a world with one thread and databases in memory. The child runs, hands bytes back and is gone.
"""

from __future__ import annotations

import gc
import os
import traceback
from collections.abc import Callable

from sandbox.core.errors import HarnessError


def branch(work: Callable[[], bytes]) -> bytes:
    """Do the work in a copy of this process as it stands now; returns what it returned.

    The world here is untouched. Raises HarnessError with the child's traceback when the work fails.
    """
    reading, writing = os.pipe()
    # Otherwise the child's collector touches, and so copies, every page.
    gc.freeze()
    child = os.fork()
    if child == 0:
        _work_and_leave(work, reading, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        content = answer.read()
    _, status = os.waitpid(child, 0)
    gc.unfreeze()
    if status != 0:
        raise HarnessError(f"a branch failed: {content.decode('utf-8', 'replace')}")
    return content


def _work_and_leave(work: Callable[[], bytes], reading: int, writing: int) -> None:
    os.close(reading)
    status = 1
    try:
        content = work()
        status = 0
    except BaseException:  # noqa: BLE001 - told to the parent, who raises it
        content = traceback.format_exc().encode()
    with os.fdopen(writing, "wb") as answer:
        answer.write(content)
    # No clean-up of what belongs to the parent.
    os._exit(status)
