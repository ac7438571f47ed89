"""Is everything on this machine that rsrag needs, and as it should be?"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rsrag.config import Settings
from rsrag.config.plugins import plugins
from rsrag.errors import ConfigError, ModelNotFoundError, RsragError
from rsrag.indexing.checks.findings import Finding, problems
from rsrag.packages import is_installed

Sections = dict[str, list[Finding]]

_MANY_FILES = 20_000
_FILL = 'rsrag search "a harbour" FOLDER'


def examine(indexes: Path | None = None) -> Sections:
    """All findings, by section.

    Args:
        indexes: folder of the indexes, instead of the one in the environment.
    """
    from rsrag.desk.upkeep import machine_checks as machine, setting_checks as checks

    settings = checks.readable_settings(os.environ)
    folders = checks.folders(settings, indexes)
    searched = indexes is None and settings.folders.is_dir()
    return {
        "environment": [*machine.packages(), *machine.processor(settings)],
        "settings": list(checks.settings(os.environ)),
        "models": list(_models()),
        "plugins": list(_plugins()),
        "folders": list(machine.disk(folders, _sizes(folders))),
        "indexes": [
            *_indexes(
                indexes or settings.indexes,
                settings,
                "rsrag index build SOURCE --name NAME",
            ),
            *(_indexes(settings.folders, settings, _FILL) if searched else ()),
        ],
    }


def refuse_unwell(sections: Sections) -> None:
    """Raise for what :func:`examine` found.

    Raises:
        ConfigError: there is a problem; it tells of the first.
    """
    found = problems(f for findings in sections.values() for f in findings)
    if found:
        raise ConfigError(
            f"{len(found)} problem{'s' * (len(found) > 1)}, the first: "
            f"{found[0].where} {found[0].what.rstrip('.')}.",
            hint=found[0].next,
        )


def examined_mapping(sections: Sections) -> dict[str, Any]:
    """All findings as plain JSON values."""
    return {
        "ok": not problems(f for findings in sections.values() for f in findings),
        "sections": {
            name: [finding.to_json() for finding in findings]
            for name, findings in sections.items()
        },
    }


def _models() -> Iterator[Finding]:
    """Models that come with packages, whole; downloaded ones by their size."""
    from rsrag.encoders.models.model_cache import models_status
    from rsrag.encoders.text_towers.minilm import WEIGHTS
    from rsrag.generators.local.gguf import SMOLLM2

    bundled = {"minilm": WEIGHTS}
    if is_installed(SMOLLM2.module):
        bundled["smollm2"] = SMOLLM2
    for name, file in bundled.items():
        try:
            path = file.verified()
        except RsragError as error:
            yield Finding("problem", f"model {name}", str(error), error.hint)
        else:
            what = f"{path.stat().st_size / 1e6:.0f} MB, sha256 {file.sha256[:12]}…"
            yield Finding("ok", f"model {name}", what)
    try:
        statuses = models_status()
    except RsragError as error:
        yield Finding("problem", "model mini", str(error), error.hint)
        return
    absent = [status.id for status in statuses if status.state == "absent"]
    for status in statuses:
        where = f"model {status.id}"
        if status.state == "damaged":
            what = f"{status.path} has not the size that it was downloaded with"
            next_ = f"rsrag models pull {status.id}"
            yield Finding("problem", where, what, next_)
        elif status.state != "absent":
            digest = f", sha256 {status.sha256[:12]}…" if status.sha256 else ""
            yield Finding("ok", where, f"{status.state}, dim {status.dim}{digest}")
    if absent:
        what = f"{len(absent)} encoders are not here: {', '.join(absent)}"
        yield Finding("ok", "models", f"{what}; rsrag models pull ID gets one")


def _plugins() -> Iterator[Finding]:
    """Each plugin, made or imported: what it lacks is told here."""
    from rsrag.encoders.encoder_registry import encoder_names, plugin_encoder
    from rsrag.generators.generator_registry import load_generator
    from rsrag.interfaces import TextEncoder
    from rsrag.knowledge.importers.import_options import FORMATS
    from rsrag.store_factory import STORES

    found = plugins()
    own = {"encoders": encoder_names(), "stores": STORES, "importers": FORMATS}
    for plugin in found:
        where = f"plugin {plugin.name}"
        if plugin.name in own.get(plugin.kind, ()):
            what = f"{plugin}: rsrag has one of that name, which is taken"
            yield Finding("warning", where, what)
            continue
        try:
            if plugin.kind == "encoders":
                plugin_encoder(plugin.name, TextEncoder)
            elif plugin.kind == "generators":
                load_generator(llm=Path(plugin.name)).close()
            else:
                plugin.load(*("create", "open") * (plugin.kind == "stores"))
        except RsragError as error:
            yield Finding("problem", where, str(error), error.hint)
        else:
            yield Finding("ok", where, str(plugin))
    if not found:
        yield Finding("ok", "plugins", "none; docs/plugins.md says how to add some")


def _sizes(folders: Mapping[str, tuple[Path, str]]) -> dict[str, str]:
    """How much lies in each folder, as far as that is quickly told."""
    from rsrag.rendering.reports.report_words import file_size

    told = {}
    for name, (folder, _) in folders.items():
        size = count = 0
        for path, _, files in os.walk(folder):
            count += len(files)
            size += sum(_size(Path(path, file)) for file in files)
            if count > _MANY_FILES:
                break
        more = "more than " if count > _MANY_FILES else ""
        told[name] = f"{more}{count:,} files, {file_size(size)}"
    return told


def _size(path: Path) -> int:
    try:
        return 0 if path.is_symlink() else path.stat().st_size
    except FileNotFoundError:
        return 0  # gone since it was listed


def _indexes(root: Path, settings: Settings, fill: str) -> Iterator[Finding]:
    """Indexes in a folder; ``fill`` is the command that puts one there."""
    from rsrag.desk.upkeep.checking import store_opener
    from rsrag.indexing.checks.health import index_health, strays
    from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes

    names = list_indexes(root)
    if not names:
        what = f"none in {root.absolute()} yet"
        yield Finding("ok", "indexes", what, fill)
    opener = store_opener(settings)
    for name in names:
        try:
            directory = IndexDirectory(root, name)
        except ConfigError as error:
            yield Finding("warning", str(root / name), str(error))
            continue
        yield from index_health(directory, opener, _encoder_fault)
    yield from strays(root)


def _encoder_fault(name: str) -> Finding | None:
    from rsrag.encoders.encoder_registry import BUNDLED, OPEN_CLIP, is_adapter
    from rsrag.encoders.external_encoder import EXTERNAL
    from rsrag.encoders.models.model_cache import downloaded_file
    from rsrag.encoders.models.model_cards import CARDS

    if name == BUNDLED or name.startswith((OPEN_CLIP, EXTERNAL)):
        return None
    if is_adapter(name):
        what = f"the adapter of its encoder, {name}, is not there: no search in words"
        there = Path(name).is_file()
        return None if there else Finding("warning", name, what, "rsrag train --help")
    if name not in CARDS and any(one.name == name for one in plugins("encoders")):
        return None
    if name not in CARDS:
        what = f"its encoder {name!r} is none that rsrag knows: search by picture only"
        return Finding("warning", name, what, "rsrag models list")
    try:
        if downloaded_file(CARDS[name]) is not None:
            return None
        error: RsragError = ModelNotFoundError(
            f"its encoder {name} is not on this machine: no search in words",
            hint=f"rsrag models pull {name}",
        )
    except RsragError as fault:
        error = fault
    return Finding("problem", name, str(error), error.hint)
