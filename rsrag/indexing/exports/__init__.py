"""Writing an index out for other tools."""
