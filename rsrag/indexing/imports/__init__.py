"""Making an index of embeddings computed elsewhere."""
