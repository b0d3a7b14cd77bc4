"""The checks: history and final states in, findings out. They only read, and know no mock, engine or firm."""
