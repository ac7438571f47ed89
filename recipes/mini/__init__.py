"""Training of the encoder ``mini``: ``python -m recipes.mini --help``."""
