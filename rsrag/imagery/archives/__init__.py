"""Tar, zip and gzip files, read in place."""
