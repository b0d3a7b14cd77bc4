"""What is private stays in its system, and a finding never tells it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.checks.builders import Scene, failed, only

# 95,417.00 a year, as the HRIS would hold it.
SALARY = 954_170_000


@pytest.fixture
def paid(calm: Scene) -> Scene:
    """A run whose HRIS knows what W-0016 earns."""
    worker = calm.the("hris.worker", employee_id="W-0016")["wid"]
    calm.the("hris.event", worker_wid=worker, process="Hire Employee")["annual_base"] = SALARY
    return calm


def employee(scene: Scene, code: str = "W-0016") -> str:
    return str(scene.the("erp.employee", externalId=code)["id"])


@pytest.mark.parametrize("value", [SALARY, 95_417, "95417", "95417.00", "95,417.00 a year for W-0016"])
def test_a_salary_in_any_spelling_on_the_workers_record_elsewhere_is_told(paid: Scene, value: Any) -> None:
    paid.engine_wrote("erp.employee", employee(paid), laborcategory=value)
    finding = only(paid.check("LEAK.field").findings)
    assert finding.title == "erp.employee.laborcategory holds what is private: hris.event.annual_base"
    told = " ".join((finding.title, *finding.let, finding.then, finding.ruled_out))
    assert "95417" not in told
    assert "95,417" not in told


def test_a_column_named_like_a_private_field_is_told_whatever_it_holds(calm: Scene) -> None:
    calm.engine_wrote("erp.employee", employee(calm), custentity_salary=1)
    verdict = calm.verdict()
    assert failed(verdict) == {"LEAK.field"}
    assert verdict.by_name("LEAK.field").findings[0].key == f"erp.employee.custentity_salary {employee(calm)}"


def test_a_text_that_names_the_worker_and_the_salary_is_told_wherever_it_stands(paid: Scene) -> None:
    job = paid.the("erp.job", entityId="ENG-01")
    paid.engine_wrote("erp.job", job["id"], comments="W-0016 costs 95417 a year")
    assert only(paid.check("LEAK.field").findings).key == f"erp.job.comments {job['id']}"


def test_the_same_number_on_another_worker_or_without_a_name_proves_nothing(paid: Scene) -> None:
    paid.engine_wrote("erp.employee", employee(paid, "W-0015"), laborcategory="95417")
    paid.engine_wrote("erp.job", paid.the("erp.job", entityId="ENG-01")["id"], comments="order 95417")
    assert paid.check("LEAK.field").findings == []


def test_what_people_write_is_their_own_business(paid: Scene) -> None:
    paid.person_wrote("erp.employee", employee(paid), laborcategory="95417")
    assert paid.check("LEAK.field").findings == []


def test_an_effect_about_a_worker_whose_salary_is_known_is_a_hazard(paid: Scene) -> None:
    before = paid.check("LEAK.field").exercised
    paid.engine_wrote("erp.employee", employee(paid), laborcategory="senior analyst")
    assert paid.check("LEAK.field").exercised == before + 1
    assert paid.check("LEAK.field").findings == []
