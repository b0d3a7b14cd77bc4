"""Data: the firm, stories as YAML, fault profiles."""
