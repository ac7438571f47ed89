"""Who may ask, how much, and what never leaves."""
