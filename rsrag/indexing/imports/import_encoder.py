"""Encoder of imported vectors, and how wide they are."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from rsrag.encoders.external_encoder import EXTERNAL, ExternalEncoder
from rsrag.errors import ConfigError, IndexingError, IndexMismatchError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.indexing.imports.import_layout import ColumnMap
from rsrag.indexing.imports.import_table import ForeignTable
from rsrag.plain_values import plain
from rsrag.types import EncoderIdentity

Load = Callable[[str], tuple[EncoderIdentity, Mapping[str, str]]]
"""Identity of an encoder by its name, and what loads it again."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """Where the vectors live.

    Attributes:
        identity: of the encoder.
        source: what loads it again.
        imagery: how the pictures were read, if an export of our own says so.
    """

    identity: EncoderIdentity
    source: Mapping[str, str]
    imagery: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Written:
    """What an export of our own says of its vectors."""

    encoder: EncoderIdentity
    encoder_source: Mapping[str, str]
    imagery: Mapping[str, Any] | None


def encoding_of(
    tables: Sequence[ForeignTable],
    maps: Sequence[ColumnMap],
    name: str | None,
    load: Load,
    index: str,
) -> Encoding:
    """The encoder of the vectors of some files.

    Raises:
        ConfigError: no name, and the files do not tell.
        IndexingError: vectors of several widths, or none at all.
        IndexMismatchError: the encoder makes vectors of another width, or the file
            was written with another one.
    """
    dim = _one_width(tables, maps)
    said = [_footer(table) for table in tables]
    known = said[0] if said and all(entry == said[0] for entry in said) else None
    if name is None:
        if known is None or "encoder" not in known:
            raise ConfigError(
                "The files do not say which encoder made the vectors.",
                hint="--encoder mini, another of `rsrag models list`, or "
                "--encoder external:NAME",
            )
        encoding = _from_footer(known, tables[0])
    elif name.startswith(EXTERNAL):
        if not name.removeprefix(EXTERNAL).strip():
            raise ConfigError(f"--encoder {name} has no name.", hint=f"{EXTERNAL}clay")
        encoding = Encoding(ExternalEncoder(name, dim).identity, {"name": name})
    else:
        identity, source = load(name)
        written = _from_footer(known, tables[0]) if known else None
        if written is not None and written.identity != identity:
            raise IndexMismatchError(
                f"{tables[0].path} was written with {written.identity.id}, weights "
                f"{written.identity.weights_sha256[:12]}…; {name} here is "
                f"{identity.id}, weights {identity.weights_sha256[:12]}….",
                hint="leave --encoder out",
            )
        imagery = written.imagery if written else None
        encoding = Encoding(identity, source, imagery)
    if encoding.identity.dim != dim:
        raise IndexMismatchError(
            f"The vectors have {dim} numbers, {encoding.identity.id} makes "
            f"{encoding.identity.dim}.",
            hint=f"--encoder {EXTERNAL}NAME, if another encoder made them",
        )
    return encoding


def _one_width(tables: Sequence[ForeignTable], maps: Sequence[ColumnMap]) -> int:
    """Width of the vectors: of the types, else of the first vector of each file."""
    found: dict[int, ForeignTable] = {}
    for table, columns in zip(tables, maps, strict=True):
        dim = columns.dim if columns.dim is not None else _peek(table, columns)
        if dim is not None:
            found.setdefault(dim, table)
    if len(found) > 1:
        text = ", ".join(f"{dim} in {table.path}" for dim, table in found.items())
        raise IndexingError(
            f"The vectors have different widths: {text}.",
            hint="one index holds vectors of one encoder; import them apart",
        )
    dim = next(iter(found), 0)
    if dim < 1:
        raise IndexingError(
            f"There is no vector in {', '.join(str(t.path) for t in tables[:5])}.",
            hint="--map embedding=COLUMN names the column of the vectors",
        )
    return dim


def _peek(table: ForeignTable, columns: ColumnMap) -> int | None:
    import pyarrow.compute as pc

    name = columns.columns["embedding"]
    for rows in table.read([name]):
        widths = pc.list_value_length(rows[name]).drop_null()
        if len(widths):
            return int(widths[0].as_py())
    return None


def _footer(table: ForeignTable) -> dict[str, Any] | None:
    """What an export of our own says of itself; ``None`` for other files."""
    try:
        data = json.loads(table.footer.get(b"rsrag", b"null"))
    except (ValueError, RecursionError):
        return None
    said = data.get("export") if isinstance(data, dict) else None
    return said if isinstance(said, dict) else None


def _from_footer(said: Mapping[str, Any], table: ForeignTable) -> Encoding:
    try:
        written = plain(_Written, {f.name: said[f.name] for f in fields(_Written)})
        imagery = written.imagery
        if imagery is not None:
            imagery = ImageryOptions.from_json(imagery).to_json()
        source = {"name": written.encoder.id, **written.encoder_source}
        return Encoding(written.encoder, source, imagery)
    except (KeyError, TypeError, ValueError, ConfigError) as exc:
        raise IndexingError(
            f"{table.path}: its footer says rsrag wrote it, but not how: {exc!r}",
            hint="export it again: rsrag index export NAME --format geoparquet",
        ) from exc
