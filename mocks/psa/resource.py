"""What a collection of the API is made of: table, rendering, filters, orders, associations; and conditions shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mocks.kit.records import RecordType
from mocks.kit.store import Store
from mocks.psa import records
from mocks.psa.associations import Association, HasMany
from mocks.psa.present import Frame
from mocks.psa.query import STAMPS, Clause, Filter, Params, flag_of, in_list, members_of
from sandbox.core.observe import Row

Present = Callable[[Row, Frame], dict[str, Any]]


@dataclass(frozen=True)
class Resource:
    """One collection. ``subject_type`` is its name in external references and events, where it has any."""

    key: str
    record_type: RecordType
    present: Present
    what: str
    subject_type: str = ""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    orders: tuple[str, ...] = ()
    default_order: str = "updated_at:desc"
    associations: Mapping[str, Association] = field(default_factory=dict)
    # Field searched by ``search=``, and the rows a default filter hides.
    searched: tuple[str, ...] = ()
    hidden: Callable[[Params], str] = lambda params: ""
    optional: Mapping[str, Callable[[Store, list[Row]], Mapping[str, Any]]] = field(default_factory=dict)

    @cached_property
    def all_filters(self) -> Mapping[str, Filter]:
        """Its own filters and those every collection has."""
        return {**STAMPS, **self.filters}

    @cached_property
    def order_columns(self) -> Mapping[str, str]:
        """Column by the name clients order by."""
        stamps = {"created_at": "_created_us", "updated_at": "_modified_us"}
        return {**stamps, **{name: name for name in self.orders}}


# -- conditions ------------------------------------------------------------------------------------------------------


def statuses(name: str, text: str, epoch: Any) -> Clause:
    """The attribute says ``pending`` where the filter says ``new`` (section 10)."""
    wanted = [records.PENDING if each.strip() == "new" else each.strip() for each in text.split(",")]
    return in_list("status", wanted)


# Ours: submissions of the projects that name one of these people as approver.
APPROVED_BY = members_of(
    "workspace_id IN (SELECT workspace.id FROM workspace, json_each(approver_ids) AS approver "
    "WHERE approver.value IN (SELECT value FROM json_each(?)))"
)


def visible_lines(params: Params) -> str:
    """Time and expenses of archived projects are hidden unless asked for (sections 9, 10)."""
    if flag_of("from_archived_workspaces", params.get("from_archived_workspaces", "false")):
        return ""
    return "workspace_id NOT IN (SELECT id FROM workspace WHERE archived = 1)"


def references(subject_type: str) -> HasMany:
    """The keys a record has in other systems."""
    return HasMany(
        records.EXTERNAL_REFERENCE, "subject_id", "external_reference_ids", f" AND subject_type = '{subject_type}'"
    )
