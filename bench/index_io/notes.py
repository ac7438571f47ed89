"""What was tried to make an index smaller or quicker on disk, and what it did."""

TRIED: tuple[tuple[str, str], ...] = ()
