"""``rsrag config`` and ``rsrag doctor``: what holds here, and whether all is well."""

import os
from pathlib import Path

import typer

from rsrag.commands.options.declarations import command

app = typer.Typer(
    help="Settings: what they are, and where each is from.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("show")
@command
def show_command(*, json: bool = False) -> None:
    """Show each setting, its value and where it is from; keys are not shown."""
    from rsrag.commands.terminal.telling import show
    from rsrag.config.settings import read_settings, shown_value
    from rsrag.rendering.text_table import text_table

    rows = [
        (name, shown_value(name, setting.value), setting.origin)
        for name, setting in read_settings(os.environ).items()
    ]
    cells = [(name, str(value or "-"), origin) for name, value, origin in rows]
    show(
        json,
        {name: {"value": value, "from": origin} for name, value, origin in rows},
        text_table(("setting", "value", "from"), cells, right=(), widest=120),
    )


@app.command()
def path() -> None:
    """Print where the config file lies, or would."""
    from rsrag.config.homes import config_path
    from rsrag.errors import ConfigError

    file = config_path(os.environ)
    if file is None:
        raise ConfigError(
            "There is no home directory, and so no place for a config file.",
            hint="export RSRAG_CONFIG=FILE",
        )
    print(file)


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
