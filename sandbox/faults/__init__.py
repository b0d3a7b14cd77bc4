"""Declared faults: profiles as data, plans from seeds, and the desk that strikes at run time."""
