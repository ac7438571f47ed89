"""What a command did, as text."""
