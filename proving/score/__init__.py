"""How right is an investigation, and how often does it cry wolf? Scores against the truth of the scenarios."""
