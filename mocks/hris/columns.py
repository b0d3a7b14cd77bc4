"""The columns of every report, in order, with the XML Schema type its schema gives them.

A value is text on the wire whatever its type; every column may be blank and is then left out.
"""

from __future__ import annotations

from collections.abc import Mapping

Columns = Mapping[str, str]

STRING, DATE, DATE_TIME, DECIMAL, BOOLEAN = "string", "date", "dateTime", "decimal", "boolean"

_PAY: Columns = {"Annual_Base": DECIMAL, "Annual_Base_Currency": STRING}
_WORKERS: Columns = {
    "Worker_WID": STRING,
    "Employee_ID": STRING,
    "Worker_Type": STRING,
    "Legal_First_Name": STRING,
    "Legal_Last_Name": STRING,
    "Work_Email": STRING,
    "Active": BOOLEAN,
    "Hire_Date": DATE,
    "Original_Hire_Date": DATE,
    "Is_Rehire": BOOLEAN,
    "Termination_Date": DATE,
    "Last_Day_of_Work": DATE,
    "Job_Profile": STRING,
    "Company": STRING,
    "Location": STRING,
    "Country_ISO": STRING,
    "Manager_Employee_ID": STRING,
    "Effective_Date": DATE,
    "FTE": DECIMAL,
    "Scheduled_Weekly_Hours": DECIMAL,
    "On_Leave": BOOLEAN,
    "Leave_Type": STRING,
    "Leave_First_Day": DATE,
    "Leave_Expected_Last_Day": DATE,
    "Last_Functionally_Updated": DATE_TIME,
    "Future_Effective": BOOLEAN,
}
_COLUMNS: Mapping[str, Columns] = {
    "Workers_Full": _WORKERS,
    "Workers_Delta": _WORKERS,
    "Workers_Compensation": {
        "Worker_WID": STRING,
        "Employee_ID": STRING,
        "Active": BOOLEAN,
        **_PAY,
        "Last_Functionally_Updated": DATE_TIME,
    },
    "Assignments_Effective_Dated": {
        "Employee_ID": STRING,
        "Effective_Date": DATE,
        "End_Date": DATE,
        "Event_WID": STRING,
        "Business_Process_Type": STRING,
        "Event_Status": STRING,
        "Company_ID": STRING,
        "Job_Profile": STRING,
        "FTE": DECIMAL,
        "Location_ID": STRING,
        "Manager_Employee_ID": STRING,
    },
    "Cost_Rates": {
        "Employee_ID": STRING,
        "Job_Profile": STRING,
        "Company": STRING,
        "Rate_Type": STRING,
        "Amount": DECIMAL,
        "Currency": STRING,
        "Effective_Date": DATE,
        "End_Date": DATE,
        "Last_Functionally_Updated": DATE_TIME,
    },
    "Absence_Days": {
        "Employee_ID": STRING,
        "Date": DATE,
        "Absence_Kind": STRING,
        "Absence_Type": STRING,
        "Hours": DECIMAL,
    },
    "Time_Off_Delta": {
        "Employee_ID": STRING,
        "Time_Off_Entry_WID": STRING,
        "Time_Off_Type": STRING,
        "Date": DATE,
        "Units": DECIMAL,
        "Unit_of_Time": STRING,
        "Status": STRING,
        "Entered_On": DATE_TIME,
        "Last_Functionally_Updated": DATE_TIME,
    },
    "Business_Process_Events": {
        "Event_WID": STRING,
        "Business_Process_Type": STRING,
        "Worker": STRING,
        "Effective_Date": DATE,
        "Initiated_On": DATE_TIME,
        "Completed_On": DATE_TIME,
        "Status": STRING,
        "Rescinded_On": DATE_TIME,
    },
    "Holiday_Calendar": {"Location": STRING, "Country_ISO": STRING, "Date": DATE},
}


def columns_of(report: str, *, with_salaries: bool) -> Columns:
    """Column aliases of a report and their types; ``with_salaries`` is what the tenant let into the workers reports."""
    columns = _COLUMNS[report]
    return {**columns, **_PAY} if with_salaries and columns is _WORKERS else columns
