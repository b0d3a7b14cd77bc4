"""How a run is told: screen, run folder, JUnit, HTML."""
