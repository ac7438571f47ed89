"""Training of the encoder ``mini``: ``python -m rsrag.training --help``."""
