"""Figures of an evaluation as pages and plots."""
