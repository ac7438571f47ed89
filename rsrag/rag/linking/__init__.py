"""Linking by meaning: what a question asks for, where no word of it says so."""
