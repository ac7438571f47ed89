"""What was tried while this was built, and its effect; also what lost."""

TRIED: list[tuple[str, str]] = [
    (
        "LanceDB with its own sub-vectors, 16 components each (20,000 vectors)",
        "found 0.79 of what texts look for with all partitions probed and "
        "refine_factor 50; with 8 components 0.93, and all with refine_factor 200; "
        "training takes twice as long",
    ),
    (
        "Qdrant Edge 0.9 asked for a box whose edge is the meridian of 180°",
        "counted 899 of 9,857 points, also with exact search; so the regions here "
        "keep away from it",
    ),
]

WHY: dict[str, str] = {}
"""By the text of a goal: what stands in the way, where it is not met."""
