"""Payroll: finance tells the provider who is paid what, from when to when."""

from __future__ import annotations

from typing import Any

from sandbox.firm.desk import Desk


async def enrol(desk: Desk, args: dict[str, Any]) -> None:
    """Put somebody on the payroll as things stand; what stood there before is replaced, the same again is nothing."""
    form = {
        "employee_id": args["employee"],
        **{name: args[name] for name in ("entity", "annual_gross", "first_day", "last_day")},
    }
    await desk.screen("files", "register_employee", form)
