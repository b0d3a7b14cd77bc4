"""A worker as Get_Workers shows one: a reference, and the sections that the response group asks for.

What the integration user may not see is left out without a word (hris-workday.md section 2): salaries, unless the
tenant has switched them on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mocks.hris.markup import element, escaped
from mocks.hris.organisations import COMPANY, SUPERVISORY, Chart, Organisation
from mocks.hris.projections import Standing, full_name
from mocks.hris.reports import Setup, as_decimal, flag, hours
from mocks.hris.rules_state import event_wid
from mocks.hris.soap_request import Asked
from mocks.hris.soap_select import effect_us
from sandbox.core.clock import moment
from sandbox.core.ids import wid
from sandbox.core.money import from_scaled, plain
from sandbox.core.observe import Row

_EXCLUDES = {COMPANY: "Exclude_Companies", SUPERVISORY: "Exclude_Supervisory_Organizations"}
_MANAGER = "Manager_as_of_last_detected_manager_change_Reference"


def stamp(epoch: datetime, us: int) -> str:
    """An instant to the microsecond, so that an echoed moment means the same set of entries."""
    return moment(epoch, us).isoformat().replace("+00:00", "Z")


def leaf(name: str, value: object) -> str:
    """An element of text; nothing for a blank."""
    return "" if value is None else element(f"wd:{name}", escaped(value))


def section(name: str, *content: str, **attributes: str) -> str:
    """An element of elements."""
    return element(f"wd:{name}", *content, **{f"wd:{key}": value for key, value in attributes.items()})


def reference(name: str, descriptor: str, **ids: str) -> str:
    """A reference: one ID per type."""
    return section(
        name,
        *(element("wd:ID", escaped(value), **{"wd:type": kind}) for kind, value in ids.items()),
        Descriptor=descriptor,
    )


@dataclass(frozen=True, slots=True)
class Renderer:
    """Shows workers, or organisations, of one request."""

    asked: Asked
    setup: Setup
    chart: Chart
    known_us: int

    def worker(self, found: Standing) -> str:
        """``wd:Worker``."""
        row = found.worker
        parts = [] if self.asked.group.get("Include_Reference") is False else [_worker_reference(row)]
        data = section(
            "Worker_Data", leaf("Worker_ID", row["employee_id"]), leaf("User_ID", row["email"]), *self._data(found)
        )
        return section("Worker", *parts, leaf("Worker_Descriptor", full_name(row)), data)

    def _data(self, found: Standing) -> Iterator[str]:
        sections = {
            "Include_Personal_Information": self._personal,
            "Include_Employment_Information": self._employment,
            "Include_Compensation": self._compensation,
            "Include_Organizations": self._organisations,
            "Include_Management_Chain_Data": self._chain,
            "Include_Transaction_Log_Data": self._log,
        }
        for asked_for, shown in sections.items():
            if self.asked.includes(asked_for):
                yield shown(found)

    def organisation(self, each: Organisation) -> str:
        """``wd:Organization``."""
        manager = self.chart.workers.get(each.manager or "")
        data = section(
            "Organization_Data",
            leaf("Reference_ID", each.code),
            leaf("Name", each.name),
            leaf("Organization_Code", each.code),
            self._named("Organization_Type_Reference", "Organization_Type_ID", each.kind),
            "" if manager is None else _worker_reference(manager, "Manager_Reference"),
        )
        return section("Organization", _organisation_reference(each), data)

    def _personal(self, found: Standing) -> str:
        row = found.worker
        detail = section(
            "Name_Detail_Data",
            leaf("First_Name", row["first_name"]),
            leaf("Last_Name", row["last_name"]),
            Formatted_Name=full_name(row),
        )
        usage = self._named("Type_Reference", "Communication_Usage_Type_ID", "WORK")
        work = section("Usage_Data", section("Type_Data", usage, Primary="1"), Public="1")
        mail = section("Email_Address_Data", leaf("Email_Address", row["email"]), work)
        return section(
            "Personal_Data",
            section("Name_Data", section("Legal_Name_Data", detail)),
            section("Contact_Data", mail),
        )

    def _employment(self, found: Standing) -> str:
        state = found.state
        fte = as_decimal(state["fte"])
        manager = self.chart.manager(state)
        led = "" if manager is None else _worker_reference(manager, _MANAGER)
        location, profile = state["location"], state["grade"]
        position = section(
            "Position_Data",
            leaf("Position_ID", f"POS_{found.worker['employee_id']}"),
            leaf("Position_Title", profile),
            leaf("Business_Title", profile),
            leaf("Start_Date", state["hire_date"]),
            leaf("Effective_Date", state["job_since"]),
            leaf("Scheduled_Weekly_Hours", hours(int(fte * self.setup.weekly_hours * 60))),
            leaf("Full_Time_Equivalent_Percentage", plain((fte * 100).normalize())),
            section(
                "Job_Profile_Summary_Data",
                self._named("Job_Profile_Reference", "Job_Profile_ID", profile),
                leaf("Job_Profile_Name", profile),
            ),
            section(
                "Business_Site_Summary_Data",
                self._named("Location_Reference", "Location_ID", location),
                leaf("Name", location),
            ),
            led,
        )
        job = section("Worker_Job_Data", position, Primary_Job="1")
        return section("Employment_Data", job, self._status(state))

    def _status(self, state: Row) -> str:
        left = state["termination_date"] is not None and not state["active"]
        leave = ""
        if state["on_leave"]:
            leave = section(
                "Leave_Status_Data",
                leaf("On_Leave", "1"),
                self._named("Leave_of_Absence_Type_Reference", "Leave_of_Absence_Type_ID", state["leave_type"]),
                leaf("Leave_Start_Date", state["leave_first_day"]),
                leaf("Estimated_Leave_End_Date", state["expected_last_day"]),
            )
        return section(
            "Worker_Status_Data",
            leaf("Active", flag(state["active"])),
            leaf("Hire_Date", state["hire_date"]),
            leaf("Original_Hire_Date", state["original_hire_date"]),
            leaf("Terminated", flag(left)),
            leaf("Termination_Date", state["termination_date"]),
            leaf("Termination_Last_Day_of_Work", state["termination_date"]),
            leaf("Rehire", flag(state["is_rehire"])),
            leave,
        )

    def _compensation(self, found: Standing) -> str:
        state = found.state
        if not self.setup.salary_in_workers_report or state["annual_base"] is None:
            return ""
        pay = section(
            "Annualized_Summary_Data",
            leaf("Total_Base_Pay", plain(from_scaled(state["annual_base"]))),
            self._named("Currency_Reference", "Currency_ID", state["currency"]),
        )
        return section("Compensation_Data", section("Employee_Compensation_Summary_Data", pay))

    def _organisations(self, found: Standing) -> str:
        shown = (each for each in self.chart.of_worker(found.state) if not self.asked.includes(_EXCLUDES[each.kind]))
        return section("Organization_Data", *(self._organisation(each) for each in shown))

    def _organisation(self, each: Organisation) -> str:
        summary = section(
            "Organization_Data",
            leaf("Organization_Reference_ID", each.code),
            leaf("Organization_Code", each.code),
            leaf("Organization_Name", each.name),
            self._named("Organization_Type_Reference", "Organization_Type_ID", each.kind),
        )
        return section("Worker_Organization_Data", _organisation_reference(each), summary)

    def _chain(self, found: Standing) -> str:
        links, state = [], found.state
        seen = {found.worker["employee_id"]}
        while (manager := self.chart.manager(state)) is not None and manager["employee_id"] not in seen:
            seen.add(manager["employee_id"])
            links.append(
                section(
                    "Management_Chain_Data",
                    _organisation_reference(self.chart.supervisory(state)),
                    _worker_reference(manager, "Manager_Reference"),
                )
            )
            state = self.chart.states[manager["employee_id"]]
        # From the top down.
        chain = section("Worker_Supervisory_Management_Chain_Data", *reversed(links))
        return section("Management_Chain_Data", chain)

    def _log(self, found: Standing) -> str:
        return section("Transaction_Log_Entry_Data", *(self._entry(row) for row in found.log))

    def _entry(self, row: Row) -> str:
        epoch, rescinded_us = self.setup.epoch, row["rescinded_us"]
        rescinded = rescinded_us is not None and rescinded_us <= self.known_us
        data = section(
            "Transaction_Log_Data",
            self._named("Transaction_Log_Type_Reference", "Business_Process_Type", row["process"]),
            leaf("Transaction_Log_Description", row["process"]),
            leaf("Transaction_Effective_Moment", stamp(epoch, effect_us(epoch, row["effective_date"]))),
            leaf("Transaction_Entry_Moment", stamp(epoch, row["entered_us"])),
            leaf("Is_Correction", flag(row["corrects_wid"])),
            leaf("Is_Rescinded", flag(rescinded)),
            leaf("Rescinded_Moment", stamp(epoch, rescinded_us) if rescinded else None),
        )
        return section(
            "Transaction_Log_Entry", reference("Transaction_Log_Reference", row["process"], WID=event_wid(row)), data
        )

    def _named(self, name: str, kind: str, value: str | None) -> str:
        if value is None:
            return ""
        return reference(name, value, WID=wid(self.chart.seed_label, "hris", kind, value), **{kind: value})


def _worker_reference(row: Row, name: str = "Worker_Reference") -> str:
    return reference(name, full_name(row), WID=row["wid"], Employee_ID=row["employee_id"])


def _organisation_reference(each: Organisation) -> str:
    return reference("Organization_Reference", each.name, WID=each.wid, Organization_Reference_ID=each.code)
