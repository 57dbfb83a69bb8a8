"""The attacks, related ones in one file."""
