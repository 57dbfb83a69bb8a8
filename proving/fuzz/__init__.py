"""Fuzzing of the sources: mutated logs must never hurt, whatever was done to them."""
