"""Evaluation of changes between two pictures, by published sets and forms."""
