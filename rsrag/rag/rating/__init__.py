"""How likely a sentence answers a question."""
