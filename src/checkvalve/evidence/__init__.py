"""The event tables, how they are filled and joined, and the cells that the indicators read."""
