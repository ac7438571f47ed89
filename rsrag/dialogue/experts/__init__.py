"""Experts: what one finds in a picture, each finding with its probability and place."""
