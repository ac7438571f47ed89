"""Servers for tests and measurements, started and stopped here.

Each listens on the loopback alone, and leaves nothing outside of its own folder.
"""
