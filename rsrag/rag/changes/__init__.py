"""Words of what changed, and answers about it, from its fact sheet alone."""
