"""``rsrag doctor``: is everything here that rsrag needs, and as it should be?"""

from pathlib import Path

from rsrag.commands.options.declarations import command


@command
def doctor(*, indexes: Path | None = None, json: bool = False) -> None:
    """Look at packages, models, caches, disk and indexes, and say what to do."""
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.examination import (
        examine,
        examined_mapping,
        refuse_unwell,
    )
    from rsrag.rendering.reports.finding_pages import doctor_text

    sections = examine(indexes)
    show(json, lambda: examined_mapping(sections), lambda: doctor_text(sections))
    refuse_unwell(sections)
