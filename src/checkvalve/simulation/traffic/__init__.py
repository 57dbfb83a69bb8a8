"""Who asks for codes: honest people in their countries and networks, a site that they visit, and those who pump."""
