"""The person surface: what somebody in delivery does at a screen and no public API offers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mocks.kit.app import Call
from mocks.kit.person import Actions, FormRefused
from mocks.psa import rules_people, rules_time
from mocks.psa.errors import PsaRefusal

ACTIONS = Actions()


class Form(BaseModel):
    """A form takes the fields it knows and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WriteOffForm(Form):
    """Approved time that will not be billed."""

    time_entry_ids: list[str] = Field(min_length=1)
    reason: str = Field(min_length=1)


class ApiTokenForm(Form):
    """Whose token."""

    email_address: str


@ACTIONS.add("write_off", WriteOffForm)
def write_off(call: Call, form: WriteOffForm) -> dict[str, Any]:
    """Write time off; a draft it is on follows."""
    person = call.store.one("user", {"email_address": call.principal.name.lower()})
    if person is not None:
        call.store.creator = person["id"]
    entries = rules_time.write_off(call.store, form.time_entry_ids, form.reason)
    return {"time_entry_ids": [entry["id"] for entry in entries]}


@ACTIONS.add("api_token", ApiTokenForm)
def api_token(call: Call, form: ApiTokenForm) -> dict[str, Any]:
    """Hand out the API token of somebody who was invited after the tenant was made; the same each time."""
    user = call.store.one("user", {"email_address": form.email_address.lower()})
    if user is None:
        raise FormRefused(f"no user {form.email_address}", field="email_address", status=404)
    try:
        rules_people.active_membership(call.store, user["id"], "email_address")
    except PsaRefusal as refusal:
        raise FormRefused(refusal.message, field="email_address") from refusal
    return {"token": call.mock.token_of(user)}
