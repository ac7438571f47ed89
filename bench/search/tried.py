"""What was tried while this was built, and its effect; also what lost."""

TRIED: list[tuple[str, str]] = []
