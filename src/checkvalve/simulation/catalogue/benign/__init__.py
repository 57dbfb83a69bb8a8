"""What looks like an attack and is none, related kinds in one file."""
