"""Addresses: parsing, networks, lists."""
