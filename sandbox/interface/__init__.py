"""The interface contract as a model: loaded from ``contracts/interface.yaml`` or a user's own, validated before use.

"Interface contract" is written in full in this project; "contract" alone is the client's.
"""

from sandbox.interface.agreed import Accounts, MissingTime, OfficeHours, Polling, Synchronous, Trigger
from sandbox.interface.contract import DEFAULT, Interface, load_interface
from sandbox.interface.records import (
    ByAny,
    ByFactor,
    ByKey,
    ByMap,
    ByTemplate,
    Constant,
    Flow,
    MinutesTimesRate,
    RecordRule,
    Value,
    is_left_out,
)
from sandbox.interface.rules import Accepted, Before, ClosedPeriods, Composite, Deadlines, Part

__all__ = [
    "DEFAULT",
    "Accepted",
    "Accounts",
    "Before",
    "ByAny",
    "ByFactor",
    "ByKey",
    "ByMap",
    "ByTemplate",
    "ClosedPeriods",
    "Composite",
    "Constant",
    "Deadlines",
    "Flow",
    "Interface",
    "MinutesTimesRate",
    "MissingTime",
    "OfficeHours",
    "Part",
    "Polling",
    "RecordRule",
    "Synchronous",
    "Trigger",
    "Value",
    "is_left_out",
    "load_interface",
]
