"""Commands, progress and exit codes."""
