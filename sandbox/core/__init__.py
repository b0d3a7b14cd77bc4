"""Values and protocols: no I/O, nothing above this package."""
