"""What changed between two pictures of one place."""
