"""The benchmark: prints figures and ratios, asserts nothing. Ratios travel between machines, seconds do not."""
