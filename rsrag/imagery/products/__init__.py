"""Products of several files as scenes: what they are, and of what they are made."""
