"""Answers to questions: facts, lists, places, passages, pictures."""
