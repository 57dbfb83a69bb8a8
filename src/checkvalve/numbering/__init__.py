"""The number plan: country, network, range, type and list price of a number."""
