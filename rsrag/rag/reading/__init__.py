"""Questions: what they ask, read from their words."""
