"""Encoders and indexes, opened as settings and manifests ask for them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rsrag.config import Settings
from rsrag.errors import IndexMismatchError
from rsrag.indexing.format.index_kinds import IMAGE, IMAGE_TEXT, IMAGERY, TEXT
from rsrag.indexing.format.manifest import Manifest
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.generations.only_index import only_index
from rsrag.interfaces import Encoder, TextEncoder, VectorStore
from rsrag.store_factory import open_stores

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """Which encoder to load, as a person names it.

    Attributes:
        name: ``mini``, a model's id, or ``open_clip:ARCHITECTURE``.
        checkpoint: a local file instead of the downloaded one.
        architecture: of open_clip, when the name does not tell.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.
    """

    name: str
    checkpoint: Path | None = None
    architecture: str | None = None
    precision: str = "auto"

    def load(self, settings: Settings) -> Encoder:
        """Make the encoder; weights are read when they are first used."""
        from rsrag.encoders.encoder_registry import load_encoder

        return load_encoder(
            self.name,
            checkpoint=self.checkpoint,
            architecture=self.architecture,
            precision=self.precision,
            threads=settings.threads,
        )

    @property
    def external(self) -> bool:
        """Whether it made vectors elsewhere, and is not here."""
        return self.name.startswith("external:")

    def to_json(self) -> dict[str, str]:
        """For the manifest, so that a search can load the same again."""
        from rsrag.encoders.encoder_registry import is_adapter

        checkpoint = self.checkpoint and str(self.checkpoint.absolute())
        whole = str(Path(self.name).absolute()) if is_adapter(self.name) else self.name
        data = {
            "name": whole,
            "precision": self.precision,
            "checkpoint": checkpoint,
            "architecture": self.architecture,
        }
        return {name: value for name, value in data.items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> "EncoderChoice":
        """What :meth:`to_json` wrote."""
        checkpoint = data.get("checkpoint")
        return cls(
            name=data["name"],
            checkpoint=Path(checkpoint) if checkpoint else None,
            architecture=data.get("architecture"),
            precision=data.get("precision", "auto"),
        )


def named_encoder(name: str | None, checkpoint: str | Path | None = None) -> Encoder:
    """The encoder of a name, else that of the environment, with its settings."""
    settings = Settings.from_environment()
    weights = Path(checkpoint).expanduser() if checkpoint else None
    return EncoderChoice(name or settings.encoder, weights).load(settings)


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """An index ready for searching; it is closed at the end of a ``with``.

    Attributes:
        manifest: of the generation that was current when it was opened.
        stores: by space, those that there are.
        folder: its generation's folder.
        settings: that it was opened with.
    """

    manifest: Manifest
    stores: Mapping[str, VectorStore]
    folder: Path
    settings: Settings

    @property
    def store(self) -> VectorStore:
        """The store of the space ``image``: of an index of imagery the only one."""
        return self.stores[IMAGE]

    def load_encoder(self, choice: EncoderChoice | None = None) -> Encoder:
        """The encoder of the spaces ``image`` and ``image_text``; another is refused.

        Args:
            choice: instead of the one the manifest names.

        Raises:
            IndexMismatchError: its weights are not those that the index was built
                with, or there are no such spaces.
            ModelNotFoundError: it is not here any more.
        """
        spaces = [n for n in (IMAGE, IMAGE_TEXT) if n in self.manifest.spaces]
        if not spaces:
            raise IndexMismatchError(
                f"Index {self.manifest.name!r} has no vectors of an image encoder.",
                hint=self.manifest.build_again(IMAGE, "mini"),
            )
        space = self.manifest.spaces[spaces[0]]
        wanted = choice or EncoderChoice.from_json(space.encoder_source)
        if wanted.name == space.encoder.id and wanted.external:
            from rsrag.encoders.external_encoder import ExternalEncoder

            return ExternalEncoder(wanted.name, space.encoder.dim)
        encoder = wanted.load(self.settings)
        for name in spaces:
            self.manifest.check_encoder(encoder.identity, name)
        return encoder

    def load_text_encoder(self) -> TextEncoder:
        """The encoder of the space ``text``, which is there.

        Raises:
            IndexMismatchError: its weights are not those the index was built with.
            ModelNotFoundError: it is not here any more.
        """
        from rsrag.encoders.sentence import load_text_encoder

        source = self.manifest.spaces[TEXT].encoder_source
        encoder = load_text_encoder(source["name"])
        self.manifest.check_encoder(encoder.identity, TEXT)
        return encoder

    def imagery_options(self) -> "ImageryOptions":
        """How the pictures of this index were read."""
        from rsrag.imagery.imagery_options import ImageryOptions

        return ImageryOptions.from_json(self.manifest.imagery.options)

    def is_stale(self, fingerprint: str) -> bool:
        """Whether records changed since the build.

        Args:
            fingerprint: of the catalogue over the folder that was indexed.
        """
        return fingerprint != self.manifest.records.fingerprint

    def close(self) -> None:
        """Close all stores."""
        for store in self.stores.values():
            store.close()

    def __enter__(self) -> Self:
        """It is open already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all stores."""
        self.close()


def find_index(
    name: str | None, settings: Settings, kind: str | None = IMAGERY
) -> IndexDirectory:
    """Where an index lies, named as for :func:`open_index`; it need not be there."""
    name = name or only_index(settings.indexes, kind)
    return IndexDirectory(settings.at(name).indexes, name)


def open_index(
    name: str | None, settings: Settings, kind: str | None = IMAGERY
) -> OpenIndex:
    """Open an index by name.

    Args:
        name: of the index; ``None`` takes the only one of its kind.
        settings: for the folder of indexes.
        kind: ``imagery``, ``knowledge``, or ``None`` for either.

    Raises:
        QueryError: no name, and there are several.
        IndexNotFoundError: no such index, or none at all.
        IndexMismatchError: that index is of another kind, or of another format
            version.
    """
    directory = find_index(name, settings, kind)
    # From the folder itself: CURRENT may have moved on since it was read.
    folder = directory.current_path(kind or IMAGERY)
    manifest = read_manifest(folder, kind)
    stores = open_stores(manifest, folder, settings)
    _log.info(
        "index %s opened: generation %s, %s",
        *(directory.name, folder.name),
        "; ".join(
            f"{space}: {one.rows:,} rows, {one.encoder.id}, {one.store.words}"
            for space, one in manifest.spaces.items()
        ),
    )
    return OpenIndex(manifest, stores, folder, settings)
