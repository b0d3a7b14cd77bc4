"""The resources of the API as data: table, rendering, filters, orders and associations of each collection."""

from __future__ import annotations

from typing import Any

from mocks.kit.store import Store
from mocks.psa import (
    present,
    present_billing,
    records,
    records_billing,
    records_settings,
    records_staffing,
    resources_billing,
    resources_expenses,
    resources_organizations,
    resources_settings,
    resources_staffing,
)
from mocks.psa.associations import BelongsTo, HasMany, HasOne, Listed
from mocks.psa.optional import WORKSPACE_OPTIONS
from mocks.psa.present import approver_ids, workspace_group_ids
from mocks.psa.query import (
    Clause,
    Params,
    column_flag,
    dates_between,
    equals,
    flag,
    in_list,
    members_of,
    whatever,
)
from mocks.psa.records_expenses import EXPENSE
from mocks.psa.records_organizations import RATE_CARD_SET
from mocks.psa.resource import APPROVED_BY, Resource, references, statuses, visible_lines
from sandbox.core.observe import Row

# -- conditions ------------------------------------------------------------------------------------------------------


def _participating(name: str, text: str, epoch: Any) -> Clause:
    condition, values = in_list("workspace_id", [each.strip() for each in text.split(",")])
    return f"id IN (SELECT user_id FROM participation WHERE {condition} AND _deleted = 0)", values


def _visible_workspaces(params: Params) -> str:
    """Archived projects are hidden unless asked for (section 5)."""
    wanted = params.get("archived")
    if wanted == "only":
        return "archived = 1"
    if wanted == "include" or params.get("include_archived") == "true":
        return ""
    return "archived = 0"


def _participants(store: Store, row: Row) -> list[str]:
    found = store.read(
        "SELECT user_id FROM participation WHERE workspace_id = ? AND _deleted = 0 ORDER BY user_id", (row["id"],)
    )
    return [user_id for (user_id,) in found]


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
        "skill_memberships": HasMany(records_staffing.SKILL_MEMBERSHIP, "user_id", "skill_membership_ids"),
        "external_references": references("User"),
    },
)
ACCOUNT_MEMBERSHIPS = Resource(
    "account_memberships",
    records.ACCOUNT_MEMBERSHIP,
    present.account_membership,
    "account membership",
    "AccountMembership",
    filters={
        "user_id": equals("user_id"),
        "permission": equals("permission"),
        "manager_id": equals("manager_id"),
    },
    associations={
        "user": BelongsTo(records.USER, "user_id"),
        "default_role": BelongsTo(records.ROLE, "default_role_id"),
        "manager": BelongsTo(records.USER, "manager_id"),
        "cost_rates": HasMany(records_staffing.COST_RATE, "account_membership_id", "cost_rate_ids"),
    },
)
ROLES = Resource("roles", records.ROLE, present.role, "role", orders=("name",))
RATE_CARDS = Resource(
    "rate_cards",
    records.RATE_CARD,
    present.rate_card,
    "rate card",
    filters={"currency": equals("currency"), "rate_card_set_id": equals("rate_card_set_id")},
    associations={
        "rate_card_set": BelongsTo(RATE_CARD_SET, "rate_card_set_id"),
        "rate_card_versions": HasMany(records.RATE_CARD_VERSION, "rate_card_id", "rate_card_version_ids"),
    },
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
        "external_references": references("WorkspaceGroup"),
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
    optional=WORKSPACE_OPTIONS,
    associations={
        "participants": Listed(records.USER, "participant_ids", _participants),
        "participations": HasMany(records.PARTICIPATION, "workspace_id", "participation_ids"),
        "creator": BelongsTo(records.USER, "creator_id"),
        "primary_workspace_group": BelongsTo(records.WORKSPACE_GROUP, "primary_workspace_group_id"),
        "workspace_groups": Listed(
            records.WORKSPACE_GROUP, "workspace_group_ids", lambda store, row: workspace_group_ids(row)
        ),
        "timesheet_submissions": HasMany(records.TIMESHEET_SUBMISSION, "workspace_id", "timesheet_submission_ids"),
        "billing_milestones": HasMany(records_billing.BILLING_MILESTONE, "workspace_id", "billing_milestone_ids"),
        "workspace_resources": HasMany(
            records_staffing.WORKSPACE_RESOURCE, "workspace_id", "workspace_resource_ids", " AND user_id IS NOT NULL"
        ),
        "workspace_resources_with_unnamed": HasMany(
            records_staffing.WORKSPACE_RESOURCE, "workspace_id", "workspace_resource_ids"
        ),
        "approvers": Listed(records.USER, "approver_ids", lambda store, row: approver_ids(row)),
        "custom_field_values": HasMany(records_settings.CUSTOM_FIELD_VALUE, "subject_id", "custom_field_value_ids"),
        "external_references": references("Workspace"),
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
        "external_references": references("Story"),
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
    hidden=visible_lines,
    associations={
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "user": BelongsTo(records.USER, "user_id"),
        "story": BelongsTo(records.STORY, "story_id"),
        "role": BelongsTo(records.ROLE, "role_id"),
        "active_submission": BelongsTo(records.TIMESHEET_SUBMISSION, "active_submission_id"),
        "recent_submission": BelongsTo(records.TIMESHEET_SUBMISSION, "recent_submission_id"),
        "invoice": BelongsTo(records.INVOICE, "invoice_id"),
        "external_references": references("TimeEntry"),
    },
)
TIMESHEET_SUBMISSIONS = Resource(
    "timesheet_submissions",
    records.TIMESHEET_SUBMISSION,
    present_billing.timesheet_submission,
    "timesheet submission",
    "TimesheetSubmission",
    filters={
        "statuses": statuses,
        "workspace_id": equals("workspace_id"),
        "user_id": equals("user_id"),
        "start_date": equals("start_date"),
        "end_date": equals("end_date"),
        "approver_ids": APPROVED_BY,
        "active": flag("status IN ('pending', 'approved')", "status IN ('rejected', 'cancelled')"),
    },
    orders=("start_date", "end_date"),
    associations={
        "time_entries": HasMany(records.TIME_ENTRY, "recent_submission_id", "time_entry_ids"),
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "user": BelongsTo(records.USER, "user_id"),
        "external_references": references("TimesheetSubmission"),
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
        "expenses": HasMany(EXPENSE, "invoice_id", "expense_ids"),
        "billing_milestones": HasMany(records_billing.BILLING_MILESTONE, "invoice_id", "billing_milestone_ids"),
        "fixed_fee_items": HasMany(records.FIXED_FEE_ITEM, "invoice_id", "fixed_fee_item_ids"),
        "additional_items": HasMany(records_billing.ADDITIONAL_ITEM, "invoice_id", "additional_item_ids"),
        "external_payments": HasMany(records.EXTERNAL_PAYMENT, "invoice_id", "external_payment_ids"),
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "external_references": references("Invoice"),
    },
)
FIXED_FEE_ITEMS = Resource(
    "fixed_fee_items",
    records.FIXED_FEE_ITEM,
    present_billing.fixed_fee_item,
    "fixed fee item",
    filters={"invoice_id": equals("invoice_id"), "workspace_id": equals("workspace_id")},
)
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
    *resources_billing.ALL,
    *resources_expenses.ALL,
    *resources_organizations.ALL,
    *resources_settings.ALL,
    *resources_staffing.ALL,
)
_KNOWN = (*ALL, *resources_settings.UNLISTED)
BY_TYPE = {each.record_type.name: each for each in _KNOWN}
BY_SUBJECT = {each.subject_type: each for each in _KNOWN if each.subject_type}
