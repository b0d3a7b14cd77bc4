"""Shapes of firm, scenario, terms, deed and plan: data only, shared by firm, faults and expected books."""

from __future__ import annotations

from sandbox.plan.deeds import Booking, Client, Deed, Person, Plan, PlannedFault
from sandbox.plan.firm import Entity, FirmProfile, Member, RateTable
from sandbox.plan.scenario import Habits, Hire, Leave, PeriodFigures, Promotion, Scenario, UnpostableTime, Workforce
from sandbox.plan.shape import Amount, ClockTime, Code, EmployeeId, Grade, Json, Kind, Minutes, PeriodText, Rate, Shape
from sandbox.plan.terms import (
    GeneratedEngagement,
    Instalment,
    LateTime,
    PaymentRule,
    ScriptedEngagement,
    Terms,
    TimeRule,
    WriteOff,
)

__all__ = [
    "Amount",
    "Booking",
    "Client",
    "ClockTime",
    "Code",
    "Deed",
    "EmployeeId",
    "Entity",
    "FirmProfile",
    "GeneratedEngagement",
    "Grade",
    "Habits",
    "Hire",
    "Instalment",
    "Json",
    "Kind",
    "LateTime",
    "Leave",
    "Member",
    "Minutes",
    "PaymentRule",
    "PeriodFigures",
    "PeriodText",
    "Person",
    "Plan",
    "PlannedFault",
    "Promotion",
    "Rate",
    "RateTable",
    "Scenario",
    "ScriptedEngagement",
    "Shape",
    "Terms",
    "TimeRule",
    "UnpostableTime",
    "Workforce",
    "WriteOff",
]
