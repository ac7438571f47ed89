"""What was tried to embed faster, and its effect."""

TRIED: list[tuple[str, str]] = []
