"""Which commands there are, and where each is made: only what is typed is loaded."""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "search": "finding.search:search",
    "list": "finding.listing_command:list_chips",
    "chip": "finding.listing_command:chip",
    "similar": "finding.similar_command:similar",
    "ask": "ask:ask",
    "chat": "talking.chat_command:chat",
    "caption": "caption:caption",
    "classify": "classify:classify",
    "localize": "scenes.localize:localize",
    "segment": "scenes.segment:segment",
    "serve": "serving.serve:serve",
    "mcp": "serving.mcp:mcp",
    "ground": "scenes.ground:ground",
    "change": "scenes.change:change",
    "geojoin": "scenes.geojoin_command:geojoin",
    "timeline": "scenes.timeline_command:timeline",
    "train": "models.train_command:train",
    "similar-places": "scenes.places_command:similar_places",
    "doctor": "config:doctor",
    "concept": "finding.concept_command:app",
    "config": "config:app",
    "data": "talking.data_commands:app",
    "eval": "evaluate.evaluate:app",
    "index": "index.index:app",
    "keys": "serving.keys:app",
    "knowledge": "knowledge.knowledge:app",
    "models": "models.models:app",
    "sessions": "talking.session_commands:app",
}
"""Module below ``rsrag.commands`` and name in it, by the word that is typed."""

PREFIXES = {"serve": "RSRAG_SERVE"}
"""How variables begin that stand for options, by command: ``RSRAG_SERVE_PORT``."""


class Loaded(MutableMapping[str, Any]):
    """Commands by name, each imported when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            module, attribute = COMMANDS[name].split(":")
            there = getattr(import_module(f"rsrag.commands.{module}"), attribute)
            holder = typer.Typer(rich_markup_mode=None, callback=lambda: None)
            if isinstance(there, typer.Typer):
                holder.add_typer(there, name=name)
            else:
                prefix = {"auto_envvar_prefix": PREFIXES.get(name)}
                holder.command(name, context_settings=prefix)(there)
            self._made[name] = typer.main.get_group(holder).commands[name]
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name} is a command of the table, which stays.")

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class CommandTable(TyperGroup):
    """The group of all commands."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = Loaded()
