"""The history: what happened, in one order, as append-only records (verification.md section 1)."""
