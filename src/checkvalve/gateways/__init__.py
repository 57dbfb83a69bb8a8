"""The guard in the path of a form: HTTP and its relatives."""
