"""The resources of the API as data: table, rendering, filters, orders and associations of each collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mocks.kit.records import RecordType
from mocks.kit.store import Store
from mocks.psa import present, present_billing, records
from mocks.psa.associations import Association, BelongsTo, HasMany, HasOne, Listed
from mocks.psa.present import Frame, workspace_group_ids
from mocks.psa.query import (
    STAMPS,
    Clause,
    Filter,
    Params,
    column_flag,
    dates_between,
    equals,
    flag,
    flag_of,
    in_list,
    members_of,
    whatever,
)
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


def _participating(name: str, text: str, epoch: Any) -> Clause:
    condition, values = in_list("workspace_id", [each.strip() for each in text.split(",")])
    return f"id IN (SELECT user_id FROM participation WHERE {condition} AND _deleted = 0)", values


def _statuses(name: str, text: str, epoch: Any) -> Clause:
    # The attribute says ``pending`` where the filter says ``new`` (section 10).
    wanted = [records.PENDING if each.strip() == "new" else each.strip() for each in text.split(",")]
    return in_list("status", wanted)


def _visible_workspaces(params: Params) -> str:
    """Archived projects are hidden unless asked for (section 5)."""
    wanted = params.get("archived")
    if wanted == "only":
        return "archived = 1"
    if wanted == "include" or params.get("include_archived") == "true":
        return ""
    return "archived = 0"


def _visible_entries(params: Params) -> str:
    """Entries of archived projects are hidden unless asked for (section 9)."""
    if flag_of("from_archived_workspaces", params.get("from_archived_workspaces", "false")):
        return ""
    return "workspace_id NOT IN (SELECT id FROM workspace WHERE archived = 1)"


def _participants(store: Store, row: Row) -> list[str]:
    found = store.read(
        "SELECT user_id FROM participation WHERE workspace_id = ? AND _deleted = 0 ORDER BY user_id", (row["id"],)
    )
    return [user_id for (user_id,) in found]


def _references(subject_type: str) -> HasMany:
    return HasMany(
        records.EXTERNAL_REFERENCE, "subject_id", "external_reference_ids", f" AND subject_type = '{subject_type}'"
    )


_ON_ACCOUNT = "id IN (SELECT user_id FROM account_membership WHERE disabled = 0)"

# -- the collections ------------------------------------------------------------------------------------------------

USERS = Resource(
    "users",
    records.USER,
    present.user,
    "user",
    "User",
    filters={
        "by_email_address": lambda name, text, epoch: ("email_address = ?", [text.lower()]),
        "participant_in": _participating,
        "on_my_account": flag(_ON_ACCOUNT, "1 = 1"),
    },
    orders=("full_name",),
    searched=("full_name", "email_address"),
    associations={
        "account_membership": HasOne(records.ACCOUNT_MEMBERSHIP, "user_id", "account_membership_id"),
        "external_references": _references("User"),
    },
)
ACCOUNT_MEMBERSHIPS = Resource(
    "account_memberships",
    records.ACCOUNT_MEMBERSHIP,
    present.account_membership,
    "account membership",
    "AccountMembership",
    filters={"user_id": equals("user_id"), "permission": equals("permission")},
    associations={
        "user": BelongsTo(records.USER, "user_id"),
        "default_role": BelongsTo(records.ROLE, "default_role_id"),
    },
)
ROLES = Resource("roles", records.ROLE, present.role, "role", orders=("name",))
RATE_CARDS = Resource(
    "rate_cards",
    records.RATE_CARD,
    present.rate_card,
    "rate card",
    filters={"currency": equals("currency")},
    associations={"rate_card_versions": HasMany(records.RATE_CARD_VERSION, "rate_card_id", "rate_card_version_ids")},
)
RATE_CARD_VERSIONS = Resource(
    "rate_card_versions",
    records.RATE_CARD_VERSION,
    present.rate_card_version,
    "rate card version",
    filters={"rate_card_id": equals("rate_card_id")},
    orders=("effective_date",),
    associations={
        "rate_card": BelongsTo(records.RATE_CARD, "rate_card_id"),
        "rate_card_roles": HasMany(records.RATE_CARD_ROLE, "rate_card_version_id", "rate_card_role_ids"),
    },
)
RATE_CARD_ROLES = Resource(
    "rate_card_roles",
    records.RATE_CARD_ROLE,
    present.rate_card_role,
    "rate card role",
    filters={"rate_card_version_id": equals("rate_card_version_id"), "role_id": equals("role_id")},
    associations={
        "rate_card_version": BelongsTo(records.RATE_CARD_VERSION, "rate_card_version_id"),
        "role": BelongsTo(records.ROLE, "role_id"),
    },
)
WORKSPACE_GROUPS = Resource(
    "workspace_groups",
    records.WORKSPACE_GROUP,
    present.workspace_group,
    "workspace group",
    "WorkspaceGroup",
    filters={"company": column_flag("company")},
    orders=("name",),
    searched=("name",),
    associations={
        "workspaces": Listed(
            records.WORKSPACE,
            "workspace_ids",
            lambda store, row: [
                found
                for (found,) in store.read(
                    "SELECT workspace.id FROM workspace, json_each(workspace_group_ids) AS part "
                    "WHERE part.value = ? AND _deleted = 0 AND archived = 0 ORDER BY workspace.id",
                    (row["id"],),
                )
            ],
        ),
        "external_references": _references("WorkspaceGroup"),
    },
)
EXTERNAL_REFERENCES = Resource(
    "external_references",
    records.EXTERNAL_REFERENCE,
    present.external_reference,
    "external reference",
    filters={
        name: equals(name)
        for name in ("subject_type", "subject_id", "service_name", "service_model", "service_model_ref", "status")
    },
)
WORKSPACES = Resource(
    "workspaces",
    records.WORKSPACE,
    present.workspace,
    "project",
    "Workspace",
    orders=("title", "start_date", "due_date"),
    searched=("title",),
    hidden=_visible_workspaces,
    associations={
        "participants": Listed(records.USER, "participant_ids", _participants),
        "participations": HasMany(records.PARTICIPATION, "workspace_id", "participation_ids"),
        "creator": BelongsTo(records.USER, "creator_id"),
        "primary_workspace_group": BelongsTo(records.WORKSPACE_GROUP, "primary_workspace_group_id"),
        "workspace_groups": Listed(
            records.WORKSPACE_GROUP, "workspace_group_ids", lambda store, row: workspace_group_ids(row)
        ),
        "timesheet_submissions": HasMany(records.TIMESHEET_SUBMISSION, "workspace_id", "timesheet_submission_ids"),
        "external_references": _references("Workspace"),
    },
)
PARTICIPATIONS = Resource(
    "participations",
    records.PARTICIPATION,
    present.participation,
    "participation",
    "Participation",
    filters={"workspace_id": equals("workspace_id"), "by_user": equals("user_id"), "role": equals("role")},
    associations={
        "user": BelongsTo(records.USER, "user_id"),
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
    },
)
STORIES = Resource(
    "stories",
    records.STORY,
    present.story,
    "task",
    "Story",
    filters={
        "workspace_id": equals("workspace_id"),
        "parent_id": equals("parent_id"),
        "story_type": equals("story_type"),
        "state": equals("state"),
    },
    orders=("title", "start_date", "due_date"),
    searched=("title",),
    associations={
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "parent": BelongsTo(records.STORY, "parent_id"),
        "sub_stories": HasMany(records.STORY, "parent_id", "sub_story_ids"),
        "external_references": _references("Story"),
    },
)
TIME_ENTRIES = Resource(
    "time_entries",
    records.TIME_ENTRY,
    present_billing.time_entry,
    "time entry",
    "TimeEntry",
    filters={
        "workspace_id": equals("workspace_id"),
        "story_id": equals("story_id"),
        "with_user_ids": equals("user_id"),
        "created_by": equals("_creator"),
        "date_performed_between": dates_between("date_performed"),
        "billable": column_flag("billable"),
        "approved": whatever("approved = 1"),
        "invoiced": whatever("invoice_id IS NOT NULL"),
        "uninvoiced": whatever("invoice_id IS NULL"),
        "in_active_submission": flag("active_submission_id IS NOT NULL", "active_submission_id IS NULL"),
        "with_timesheet_id": members_of("active_submission_id IN (SELECT value FROM json_each(?))"),
        "with_recent_timesheet_ids": members_of("recent_submission_id IN (SELECT value FROM json_each(?))"),
        "in_active_invoice_id": members_of("invoice_id IN (SELECT value FROM json_each(?))"),
    },
    orders=("date_performed",),
    default_order="date_performed:desc",
    hidden=_visible_entries,
    associations={
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "user": BelongsTo(records.USER, "user_id"),
        "story": BelongsTo(records.STORY, "story_id"),
        "role": BelongsTo(records.ROLE, "role_id"),
        "active_submission": BelongsTo(records.TIMESHEET_SUBMISSION, "active_submission_id"),
        "recent_submission": BelongsTo(records.TIMESHEET_SUBMISSION, "recent_submission_id"),
        "invoice": BelongsTo(records.INVOICE, "invoice_id"),
        "external_references": _references("TimeEntry"),
    },
)
TIMESHEET_SUBMISSIONS = Resource(
    "timesheet_submissions",
    records.TIMESHEET_SUBMISSION,
    present_billing.timesheet_submission,
    "timesheet submission",
    "TimesheetSubmission",
    filters={
        "statuses": _statuses,
        "workspace_id": equals("workspace_id"),
        "user_id": equals("user_id"),
        "start_date": equals("start_date"),
        "end_date": equals("end_date"),
        "active": flag("status IN ('pending', 'approved')", "status IN ('rejected', 'cancelled')"),
    },
    orders=("start_date", "end_date"),
    associations={
        "time_entries": HasMany(records.TIME_ENTRY, "recent_submission_id", "time_entry_ids"),
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "user": BelongsTo(records.USER, "user_id"),
        "external_references": _references("TimesheetSubmission"),
    },
)
RESOLUTIONS = Resource("resolutions", records.RESOLUTION, present_billing.resolution, "resolution")
INVOICES = Resource(
    "invoices",
    records.INVOICE,
    present_billing.invoice,
    "invoice",
    "Invoice",
    filters={
        "workspace_id": equals("workspace_id"),
        "status": equals("status"),
        "draft": column_flag("draft"),
    },
    orders=("invoice_date", "due_date"),
    associations={
        "time_entries": HasMany(records.TIME_ENTRY, "invoice_id", "time_entry_ids"),
        "fixed_fee_items": HasMany(records.FIXED_FEE_ITEM, "invoice_id", "fixed_fee_item_ids"),
        "external_payments": HasMany(records.EXTERNAL_PAYMENT, "invoice_id", "external_payment_ids"),
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "external_references": _references("Invoice"),
    },
)
FIXED_FEE_ITEMS = Resource("fixed_fee_items", records.FIXED_FEE_ITEM, present_billing.fixed_fee_item, "fixed fee item")
EXTERNAL_PAYMENTS = Resource(
    "external_payments",
    records.EXTERNAL_PAYMENT,
    present_billing.external_payment,
    "external payment",
    filters={"invoice_id": equals("invoice_id"), "workspace_id": equals("workspace_id")},
    orders=("date",),
    associations={
        "invoice": BelongsTo(records.INVOICE, "invoice_id"),
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
    },
)

ALL = (
    USERS,
    ACCOUNT_MEMBERSHIPS,
    ROLES,
    RATE_CARDS,
    RATE_CARD_VERSIONS,
    RATE_CARD_ROLES,
    WORKSPACE_GROUPS,
    EXTERNAL_REFERENCES,
    WORKSPACES,
    PARTICIPATIONS,
    STORIES,
    TIME_ENTRIES,
    TIMESHEET_SUBMISSIONS,
    RESOLUTIONS,
    INVOICES,
    FIXED_FEE_ITEMS,
    EXTERNAL_PAYMENTS,
)
BY_KEY = {each.key: each for each in ALL}
BY_TYPE = {each.record_type.name: each for each in ALL}
BY_SUBJECT = {each.subject_type: each for each in ALL if each.subject_type}
