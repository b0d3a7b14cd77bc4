"""What is built in several systems stands as a whole, or was taken back as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.clock import HOUR_US
from sandbox.engine.policy import Policy
from sandbox.runs import Wanted, make
from tests.checks.builders import Record, Recorded, Scene, of_eng_02, only, record_plan

KEY = "project:ENG-02"


def set_to(scene: Scene, name: str, **columns: Any) -> None:
    """The engine brings a record of ENG-02 to these values."""
    row = of_eng_02(scene, name)
    scene.engine_wrote(name, row["id"], **columns)
    row.update(columns)


def forget(scene: Scene, name: str, record_id: str) -> None:
    """A record that never was."""
    scene.remove(name, scene.rows(name)[record_id])
    for each in scene.commits(name, record_id):
        scene.history = [other for other in scene.history if other is not each]


def opened(scene: Scene) -> Record:
    workspace = of_eng_02(scene, "psa.workspace")["id"]
    return next(each for each in scene.effects("psa.workspace", workspace) if each["after"].get("time_trackable"))


@pytest.mark.parametrize("name", ["erp.job", "psa.story", "revenue.rc_line"])
def test_a_part_that_never_came_is_told_by_name(calm: Scene, name: str) -> None:
    forget(calm, name, of_eng_02(calm, name)["id"])
    finding = only(calm.check("ATOM.partial").findings)
    assert (finding.key, finding.severity) == (KEY, "S1")
    assert finding.title == f"project ENG-02: half-built at the end: no {name}"


def test_a_project_that_was_never_opened_is_half_built(calm: Scene) -> None:
    calm.rewrite(opened(calm), after={})
    of_eng_02(calm, "psa.workspace")["time_trackable"] = 0
    assert only(calm.check("ATOM.partial").findings).title == "project ENG-02: half-built at the end: no psa.workspace"


def test_a_gate_that_opened_before_the_rest_is_told(calm: Scene) -> None:
    (job,) = calm.effects("erp.job", of_eng_02(calm, "erp.job")["id"])
    calm.swap(job, opened(calm))
    finding = only(calm.check("ATOM.partial").findings)
    assert (finding.severity, finding.title) == ("S2", "project ENG-02: psa.workspace was opened before the rest stood")


def test_what_was_half_built_for_too_long_is_told_although_it_stands_now(calm: Scene) -> None:
    gate = opened(calm)
    calm.rewrite(gate, t_us=gate["t_us"] + 13 * HOUR_US)
    finding = only(calm.check("ATOM.partial").findings)
    assert (finding.severity, finding.title) == ("S2", "project ENG-02: half-built for 13 hours")


def test_what_was_half_built_within_the_bound_is_not(calm: Scene) -> None:
    gate = opened(calm)
    calm.rewrite(gate, t_us=gate["t_us"] + 11 * HOUR_US)
    assert calm.check("ATOM.partial").findings == []


def lose(scene: Scene) -> None:
    deal = of_eng_02(scene, "crm.Opportunity")
    scene.person_wrote("crm.Opportunity", deal["Id"], StageName="Closed Lost")
    deal["StageName"] = "Closed Lost"


def test_a_deal_that_is_off_is_taken_back_as_a_whole_or_told(calm: Scene) -> None:
    lose(calm)
    left = only(calm.check("ATOM.partial").findings).title
    assert left == "project ENG-02: taken back by half: erp.job, psa.workspace still stands"
    set_to(calm, "psa.workspace", time_trackable=0)
    left = only(calm.check("ATOM.partial").findings).title
    assert left == "project ENG-02: taken back by half: erp.job still stands"
    set_to(calm, "erp.job", isInactive=1)
    result = calm.check("ATOM.partial")
    assert result.findings == []
    assert result.exercised == 1


def test_a_dead_letter_is_taken_back_as_a_whole_or_told(calm: Scene) -> None:
    calm.give_up(f"opportunity:{of_eng_02(calm, 'crm.Opportunity')['Id']}", "project")
    assert only(calm.check("ATOM.partial").findings).key == KEY
    set_to(calm, "psa.workspace", time_trackable=0)
    set_to(calm, "erp.job", isInactive=1)
    assert calm.check("ATOM.partial").findings == []


class OpensFirst(Policy):
    """Opens a project for time as soon as it is converted."""

    def set_up_order(self, steps: tuple[str, ...]) -> tuple[str, ...]:
        first = ("convert", "open")
        return (*first, *(step for step in steps if step not in first))


@pytest.fixture(scope="module")
def hasty_run() -> Recorded:
    plan, interface, _ = make(Wanted(scenario="tiny-thread", seed=3))
    return record_plan(plan, interface, OpensFirst)


def test_an_engine_that_opens_a_project_before_it_stands_is_told(hasty_run: Recorded) -> None:
    finding = only(hasty_run.scene().check("ATOM.partial").findings)
    assert finding.title == "project ENG-01: psa.workspace was opened before the rest stood"


def test_without_an_agreement_on_composites_the_check_has_nothing_to_say(calm: Scene) -> None:
    calm.interface = calm.interface.model_copy(update={"composites": {}})
    assert calm.check("ATOM.partial").result == "unknown"
