"""What was tried to make the cold start faster, and what it did."""

TRIED: tuple[tuple[str, str], ...] = ()
