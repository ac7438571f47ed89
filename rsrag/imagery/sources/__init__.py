"""Folders, files and addresses that pictures come from."""
