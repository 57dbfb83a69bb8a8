"""What stands in the path of texts: the desk where fronts and hooks ask, what carries texts on, and what is heard."""
