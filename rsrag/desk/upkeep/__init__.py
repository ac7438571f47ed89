"""Building, updating, checking and writing out indexes and collections."""
