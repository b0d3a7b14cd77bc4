"""A firm lives in tenants that have more fields than it knows, as long as none of them is required."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.clock import DAY_US
from sandbox.core.tenant_shape import TenantShape
from sandbox.world import World
from tests.system.worlds import ended, made, problems

OPTIONAL = TenantShape.model_validate({
    "crm": {
        "fields": {"Opportunity": [{"name": "Practice__c", "type": "picklist", "choices": ["Cloud"]},
                                   {"name": "Hot__c", "type": "checkbox", "default": True}]},
        "objects": [{"name": "Site__c", "label": "Site", "plural": "Sites"}],
    },
    "psa": {"custom_fields": [{"subject": "Workspace", "name": "Practice", "type": "string"}]},
    "hris": {"worker_fields": [{"name": "Practice", "value": "Cloud"}]},
    "erp": {"fields": {"invoice": [{"name": "custbody_x", "type": "text"}],
                       "job": [{"name": "custentity_x", "type": "checkbox"}]}},
    "revenue": {"templates": {"PSA_TXN": [{"name": "Atr1", "label": "Practice"}]}},
})  # fmt: skip


@pytest.mark.parametrize("faults", ["none", "rough"])
def test_a_story_in_wider_tenants_passes_with_the_same_requests(faults: str) -> None:
    plan, interface, policy = made("tiny-thread", faults=faults)
    plain, wider = World(plan, interface, policy), World(plan, interface, policy, shape=OPTIONAL)
    judged = ended(wider)
    assert problems(judged.verdict) == []
    assert judged.verdict.result == "pass"
    plain.run()
    assert wider.wire.requests == plain.wire.requests
    assert wider.recorder.digest != plain.recorder.digest


def test_what_was_added_is_in_the_final_states_and_survives_a_snapshot() -> None:
    plan, interface, policy = made("tiny-thread", faults="none")
    first = World(plan, interface, policy, shape=OPTIONAL)
    first.run_to(10 * DAY_US)
    again = World(plan, interface, policy, snapshot=first.snapshot(), shape=OPTIONAL)
    assert states(again) == states(first)
    deals = states(again)["crm"]["Opportunity"].values()
    assert {(deal["Practice__c"], deal["Hot__c"]) for deal in deals} == {(None, 1)}
    assert ended(again).verdict.result == "pass"


def states(world: World) -> dict[str, Any]:
    return {name: mock.dump() for name, mock in world.systems.items()}
