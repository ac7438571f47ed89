"""The head for change that was trained, and what it reads."""
