"""The proving ground: scenarios with known truth, and loads to measure speed with. Uses no code of the product."""
