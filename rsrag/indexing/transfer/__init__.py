"""Indexes in buckets: pushed as generations that never change, pulled and checked."""
