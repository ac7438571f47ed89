"""Rasters whose pixels are embeddings: read as their makers say, and compared."""
