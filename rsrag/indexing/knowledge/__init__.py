"""Building an index of knowledge: records to vectors."""
