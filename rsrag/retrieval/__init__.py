"""Retrieval: ranked hits for what a person asks for."""
