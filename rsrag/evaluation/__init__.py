"""Evaluation protocols: runs over data with known answers, and their reports."""
