"""Where addresses are, and what agents say of themselves."""
