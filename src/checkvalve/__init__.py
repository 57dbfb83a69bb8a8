"""checkvalve: finds SMS pumping in past logs, says what it cost, and shuts the leak."""

__version__ = "0.1.0"
