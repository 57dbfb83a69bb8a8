"""Charts as inline SVG, made here: no script, no style attribute, every text escaped."""
