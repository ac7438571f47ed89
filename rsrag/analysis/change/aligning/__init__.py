"""Two pictures brought upon each other and into one light."""
