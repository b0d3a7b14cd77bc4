"""HRIS: Workday as integrations see it (reports) over a bitemporal worker store."""
