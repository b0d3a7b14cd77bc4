"""Five systems in their vendors' wire dialects, on one kit."""
