"""Conversations: what was shown, what words point back to, and what is kept."""
