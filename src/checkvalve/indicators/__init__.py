"""One question about the evidence a file."""
