"""The proving ground: scores against the truth of simulated logs, rules of others, and loads to measure speed with."""
