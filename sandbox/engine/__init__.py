"""The reference sync engine: the worked example, and the first engine under test. Knows ports, and no mock."""
