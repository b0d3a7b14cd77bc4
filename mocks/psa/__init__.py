"""PSA: Kantata OX (Mavenlink) as integrations see it: projects, time, approvals, pre-bills, a pull feed of changes."""
