"""From what a person asks for to ranked hits."""
