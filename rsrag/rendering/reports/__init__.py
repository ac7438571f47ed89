"""Reports of commands as text."""
