"""``rsrag config``: which settings hold, and where each is from."""

import json
import os

import typer

from rsrag.commands.options.arguments import JsonOption

app = typer.Typer(
    help="Settings: what they are, and where each is from.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def show(as_json: JsonOption = False) -> None:
    """Show each setting, its value and where it is from; keys are not shown."""
    from rsrag.config.settings import read_settings, shown_value
    from rsrag.rendering.text_table import text_table

    rows = [
        (name, shown_value(name, setting.value), setting.origin)
        for name, setting in read_settings(os.environ).items()
    ]
    if as_json:
        data = {name: {"value": value, "from": origin} for name, value, origin in rows}
        print(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        cells = [(name, str(value or "-"), origin) for name, value, origin in rows]
        head = ("setting", "value", "from")
        print(text_table(head, cells, right=(), widest=120), end="")


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
