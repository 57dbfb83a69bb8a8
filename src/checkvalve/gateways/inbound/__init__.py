"""Requests for a message, as they come in: who asks, for which number, through which form."""
