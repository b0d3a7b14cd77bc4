"""Geographies, departments, their members and sets of rate cards as Kantata shows them."""

from __future__ import annotations

from mocks.psa.present import Frame, Shown, stamps
from sandbox.core.observe import Row


def organization(row: Row, frame: Frame) -> Shown:
    """A geography or a department."""
    return {
        "id": row["id"],
        "name": row["name"],
        "type": row["type"],
        "parent_id": row["parent_id"],
        **stamps(row, frame),
    }


def organization_membership(row: Row, frame: Frame) -> Shown:
    """Where a person or project belongs."""
    return {
        "id": row["id"],
        "member_type": row["member_type"],
        "member_id": row["member_id"],
        "department_id": row["department_id"],
        "geography_id": row["geography_id"],
        "primary": row["primary"] == 1,
        **stamps(row, frame),
    }


def rate_card_set(row: Row, frame: Frame) -> Shown:
    """Rate cards that belong together."""
    return {"id": row["id"], "title": row["title"], **stamps(row, frame)}
