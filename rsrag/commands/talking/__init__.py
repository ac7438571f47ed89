"""Conversations, and the sessions that keep them."""
