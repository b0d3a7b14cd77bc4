"""A world that is over is freed: thousands of runs fit one process."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

from sandbox.world import World
from tests.system.worlds import made


def is_freed(hold: Callable[[World], object]) -> bool:
    """Whether a world is freed after its run, when ``hold`` has done something to it."""
    world = World(*made("tiny-thread"))
    world.run()
    hold(world)
    gone = weakref.ref(world)
    del world
    gc.collect()
    return gone() is None


def test_a_world_that_is_over_is_freed() -> None:
    assert is_freed(lambda world: None)


def test_a_connection_that_holds_its_system_keeps_the_whole_world() -> None:
    def hold(world: World) -> None:
        erp = world.systems["erp"]
        erp.store.db.create_function("held", 0, lambda: erp.name)

    assert not is_freed(hold)
