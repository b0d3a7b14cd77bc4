"""What all five mocks share. Knows no vendor and nothing of the experiment around it."""
