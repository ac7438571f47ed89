"""What a search of an index of imagery is made of."""
