"""Data: the interface contract, and later pacts and provider states."""
