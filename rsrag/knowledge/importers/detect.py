"""Import of any files and folders, each in the format that it is found to have."""

import codecs
import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from rsrag.config.plugins import Plugin, find_plugin, plugins
from rsrag.errors import KnowledgeError, PluginError
from rsrag.knowledge.collection import Records, is_collection, read_collection
from rsrag.knowledge.feature_files import vector_kind
from rsrag.knowledge.importers.airports import NAME as AIRPORTS, read_airports
from rsrag.knowledge.importers.card_tables import (
    read_csv,
    read_json_cards,
    read_json_lines,
)
from rsrag.knowledge.importers.documents import read_document
from rsrag.knowledge.importers.files import load_json, read_text
from rsrag.knowledge.importers.import_options import (
    FORMATS,
    ImportOptions,
    ImportResult,
)
from rsrag.knowledge.importers.import_state import ImportState
from rsrag.knowledge.importers.osm import read_osm
from rsrag.knowledge.importers.record_formats import (
    ForeignError,
    json_form,
    json_rows,
    starts_as_lines,
    text_form,
)
from rsrag.knowledge.importers.rswk import read_rswk
from rsrag.knowledge.importers.vector_layers import read_vector
from rsrag.knowledge.merging import unite
from rsrag.knowledge.shapefile_texts import guess_told
from rsrag.types import Skip

_COMPANIONS = (
    *(".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".qml", ".xsd"),
    *(".gfs", ".gpkg-wal", ".gpkg-shm"),
)
_REPAIRS = {
    "notable_visitors": "name persons and were filed as notable_visitors",
    "major_events": "are lists of events and were filed as major_events",
    "description": "are prose and were filed as description",
}
Progress = Callable[[str, int], None]


class _Import:
    """Gathers what single files give."""

    def __init__(
        self,
        options: ImportOptions,
        progress: Progress | None,
        plugin: Plugin | None,
    ) -> None:
        self.options, self.plugin = options, plugin
        self.found: list[Records] = []
        self.skipped: list[Skip] = []
        self.repairs: Counter[str] = Counter()
        self.formats: Counter[str] = Counter()
        self.hint: str | None = None
        self._progress = progress

    def take(self, form: str, records: Records, skipped: Sequence[Skip]) -> None:
        self.formats[form] += 1
        self.found.append(records)
        self.skipped += skipped

    def path(self, path: Path) -> None:
        if (
            str(path) == AIRPORTS and not path.exists()
        ) or self.options.form == AIRPORTS:
            self.take(AIRPORTS, *read_airports(self.options))
        elif path.is_dir():
            self.folder(path)
        elif path.exists():
            self.file(path)
        else:
            shown = re.sub(r"^(https?):/+", r"\1://", str(path))
            raise KnowledgeError(
                f"{shown} is not there.", hint="give files, folders, or airportsdata"
            )

    def folder(self, path: Path) -> None:
        if is_collection(path):
            records = read_collection(path)
            for landmark in records.landmarks:
                self.options.state.see(landmark, str(path))
            self.take("collection", records, [])
            return
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if hidden or not file.is_file() or file.suffix.lower() in _COMPANIONS:
                continue
            try:
                self.file(file, alone=False)
            except (KnowledgeError, PluginError) as error:
                if self.options.strict and not isinstance(error, ForeignError):
                    raise
                kind = (
                    "foreign" if isinstance(error, ForeignError) else "KnowledgeError"
                )
                reason = str(error).removeprefix(str(file)).lstrip(" :,")
                self.skipped.append(Skip(str(file), reason, kind))
                self.hint = self.hint or error.hint

    def file(self, path: Path, *, alone: bool = True) -> None:
        if self._progress:
            self._progress(str(path), sum(map(len, self.found)))
        form = self.options.form
        where = str(path)
        if self.plugin is not None:
            read = self.plugin.load()
            with self.plugin.blamed(f"reading {path}"):
                cards = list(read(path))
            self.take(self.plugin.name, *read_json_cards(cards, where, self.options))
            return
        try:
            with path.open("rb") as file:
                head = file.read(4096)
        except OSError as exc:
            raise KnowledgeError(f"{path} cannot be read: {exc.strerror}.") from exc
        kind = vector_kind(head, path)
        if form == "vector" or (kind and form in (None, "osm")):
            kind = kind or "vector"
            records, skipped = read_vector(path, kind, self.options)
            self.take("osm" if kind == "osm" else "vector", records, skipped)
            return
        if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise ForeignError(
                f"{path} is binary, and of no format known here.",
                hint="--as vector if it is a file that GDAL reads",
            )
        text, fault = read_text(path, self.options.encoding)
        if not text.strip():
            raise ForeignError(f"{path} is empty.")
        if form is None and text.lstrip()[0] not in "{[":
            form = text_form(path, text, alone=alone)
        if fault and form != "csv":
            raise fault
        if fault:
            self.options.state.notes.append(guess_told(path, "cp1252", text))
        if form == "documents":
            self.take(form, *read_document(text, where, self.options))
        elif form == "csv":
            self.take(form, *read_csv(text, where, self.options))
        else:
            self.json(path, text, form)

    def end(self) -> None:
        """Take what waited until all files were read."""
        state = self.options.state
        state.ending = True
        for collector, action in state.late:
            before = len(collector.skipped)
            action()
            self.skipped += collector.skipped[before:]
        collectors = dict.fromkeys(collector for collector, _ in state.late)
        self.found += [collector.records() for collector in collectors]

    def json(self, path: Path, text: str, form: str | None) -> None:
        where = str(path)
        try:
            data = load_json(text, where)
        except KnowledgeError:
            if form is None and not starts_as_lines(text, where):
                raise
            if form not in (None, "cards"):
                raise
            rows = None if form else json_rows(text, where)
            if rows is None:
                self.take("cards", *read_json_lines(text, where, self.options))
                return
            data = rows
        form = form or json_form(data, where)
        if form == "vector":
            self.take(form, *read_vector(path, "vector", self.options))
        elif form == "osm":
            if not isinstance(data, dict):
                raise KnowledgeError(f"{where} is not GeoJSON.")
            self.take(form, *read_osm(data, where, self.options))
        elif form == "rswk":
            records, skipped, repairs = read_rswk(data, where, path.name, self.options)
            self.take(form, records, skipped)
            self.repairs.update(repairs)
        elif form == "cards":
            self.take(form, *read_json_cards(data, where, self.options))
        else:
            raise KnowledgeError(f"{where} is JSON, and cannot be read as {form}.")


def import_paths(
    paths: Sequence[Path], options: ImportOptions, progress: Progress | None = None
) -> ImportResult:
    """Import files, folders, and the package ``airportsdata`` by its name.

    In a folder what is no knowledge is skipped; a file that is named must be some.
    ``progress`` is told each file, and how many records there are before it.

    Raises:
        KnowledgeError: a file that cannot be read or is of no known format, a bad
            record if the import is strict, or nothing at all that could be taken.
    """
    plugin = None
    if options.form is not None and options.form not in FORMATS:
        plugin = find_plugin("importers", options.form)
        if plugin is None:
            known = [*FORMATS, *(one.name for one in plugins("importers"))]
            raise KnowledgeError(
                f"There is no format {options.form!r}.",
                hint=f"one of {', '.join(known)}",
            )
    try:
        codecs.lookup(options.encoding or "utf-8")
    except LookupError as exc:
        raise KnowledgeError(
            f"There is no encoding {options.encoding!r}.", hint="--encoding cp1252"
        ) from exc
    state = ImportState(options.namespace, options.known)
    work = _Import(dataclasses.replace(options, state=state), progress, plugin)
    for path in paths:
        work.path(path)
    work.end()
    records = Records(
        tuple(unite(r for part in work.found for r in part.landmarks)),
        tuple({r.id: r for part in work.found for r in part.facts}.values()),
        tuple({r.id: r for part in work.found for r in part.passages}.values()),
    )
    if not len(records):
        first = [f"{skip.source}: {skip.reason}" for skip in work.skipped[:3]]
        raise KnowledgeError(
            "Nothing could be imported." + "".join(f"\n  {line}" for line in first),
            hint=work.hint or state.hint or "docs/knowledge.md shows each format",
        )
    notices = state.remarks()
    for key, count in sorted(work.repairs.items()):
        field, _, target = key.partition(" ")
        notices.append(f"{count:,} values of {field} {_REPAIRS[target]}")
    return ImportResult(
        records, tuple(work.skipped), tuple(notices), dict(work.formats)
    )
