"""Rules that others published, written anew from their descriptions, and the closed loop in which all are measured."""
