"""The service under clients that others wrote, and under load."""
