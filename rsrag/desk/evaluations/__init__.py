"""Measuring quality: what `rsrag eval` reports."""
