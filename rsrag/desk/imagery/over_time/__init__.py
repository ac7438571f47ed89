"""One place at several times: what changed, and since when."""
