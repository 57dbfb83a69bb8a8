"""Answers by which nobody can tell whether they were blocked: the same content, after the same time."""
