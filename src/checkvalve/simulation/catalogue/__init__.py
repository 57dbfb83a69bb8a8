"""The catalogue: families of attacks and of harmless look-alikes, each drawn anew by every seed."""
