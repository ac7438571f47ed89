"""The encoder ``mini``, which ships with rsrag."""
