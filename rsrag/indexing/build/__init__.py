"""Building an index of imagery: read, encode, write, publish."""
