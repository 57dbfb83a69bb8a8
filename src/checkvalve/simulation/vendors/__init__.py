"""What vendors write down of the same events, one log a file, each with the log's own habits and faults."""
