"""One vendor log a file; recognition, envelopes, compression, quarantine."""
