"""Buckets and folders as stores of whole objects: put if absent, compare and swap."""
