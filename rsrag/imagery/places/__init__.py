"""Where a scene lies on the Earth."""
