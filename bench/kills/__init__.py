"""Builds in shards whose workers, drivers, nodes and committers are killed."""
