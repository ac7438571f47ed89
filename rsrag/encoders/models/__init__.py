"""Known models, downloads and the cache of model files."""
