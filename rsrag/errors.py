"""Every error that rsrag raises on purpose.

    RsragError
    ├── ConfigError               a setting or an option has a wrong value
    ├── GeometryError             coordinates, a box or an outline that cannot be
    ├── ImageryError
    │   ├── SourceNotFoundError   the archive named is not there, or holds no image
    │   ├── ImageReadError        a picture that cannot be decoded or placed
    │   ├── UnsafeArchiveError    an archive member that must not be read
    │   └── LeftOutError          a scene that is whole and was not asked for
    ├── EncoderError
    │   ├── ModelNotFoundError    no such encoder, or its weights are not here
    │   ├── CheckpointError       weights that do not fit, or are not what they say
    │   └── DownloadError         a hub that cannot be reached
    ├── StoreError                a vector store that refuses or cannot be read
    ├── IndexingError
    │   ├── IndexNotFoundError    no index of that name
    │   ├── IndexMismatchError    built with another encoder or format
    │   ├── IndexCorruptError     files missing or not what the manifest says
    │   └── IndexLockedError      another process is writing it
    ├── KnowledgeError            a knowledge record that is not well formed
    ├── GeneratorError            a language model that is not there or cannot go on
    ├── QueryError                a search that makes no sense
    ├── ChangeError               two pictures that cannot be compared
    ├── BucketError               an object store that refuses or cannot be reached
    ├── MissingExtraError         an optional package is not installed
    └── PluginError               a plugin that cannot be loaded or breaks its promise

A message says what is wrong and with which values; ``hint`` says what to type
next. Library code raises these and never prints; ``rsrag.commands`` is the only
place that catches them.
"""

import re

_NUMBER = re.compile(r"\[Errno -?\d+\] ")
_PATH = re.compile(r"(?::? )?(['\"]?)(?<![\w:/])(/[^\s'\":,;]+/[^\s'\":,;]+)\1")


def _once(message: str) -> str:
    """A message that names a file once: other libraries' words name it again."""
    seen: set[str] = set()

    def first(match: re.Match[str]) -> str:
        known = match[2] in seen
        seen.add(match[2])
        return "" if known else match[0]

    return _PATH.sub(first, _NUMBER.sub("", message))


class RsragError(Exception):
    """Base of all errors that rsrag raises on purpose.

    Args:
        message: what is wrong, with the values that are.
        hint: the next command or option to type, if there is one.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(_once(message))
        self.hint = hint

    @property
    def with_hint(self) -> str:
        """The message, and the hint in brackets."""
        return f"{self} ({self.hint})" if self.hint else str(self)


class ConfigError(RsragError):
    """A setting or an option has a wrong value."""


class GeometryError(RsragError):
    """Coordinates, a box or an outline that cannot be."""


class ImageryError(RsragError):
    """Something about the imagery archive is wrong."""


class SourceNotFoundError(ImageryError):
    """The archive named is not there, or holds no image."""


class ImageReadError(ImageryError):
    """A picture that cannot be decoded or placed on the Earth."""


class UnsafeArchiveError(ImageryError):
    """An archive member that must not be read: a link, or a bomb."""


class LeftOutError(ImageryError):
    """A scene that is whole and was not asked for.

    Args:
        message: what it is, and what was asked for.
        kind: one word for counts: ``outside-time``, ``cloudy``.
    """

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class EncoderError(RsragError):
    """Something about an encoder is wrong."""


class ModelNotFoundError(EncoderError):
    """No such encoder, or its weights are not on this machine."""


class CheckpointError(EncoderError):
    """Weights that do not fit the architecture, or are not what they claim."""


class DownloadError(EncoderError):
    """A model hub that cannot be reached, or a download that broke."""


class StoreError(RsragError):
    """A vector store that refuses its input or cannot be read."""


class IndexingError(RsragError):
    """Something about an index directory is wrong."""


class IndexNotFoundError(IndexingError):
    """No index of that name."""


class IndexMismatchError(IndexingError):
    """An index built with another encoder, or in another format version."""


class IndexCorruptError(IndexingError):
    """Files of an index are missing, or are not what its manifest says."""


class IndexLockedError(IndexingError):
    """Another process is writing the index."""


class KnowledgeError(RsragError):
    """A knowledge record that is not well formed."""


class GeneratorError(RsragError):
    """A language model that is not there, cannot be asked, or broke off."""


class QueryError(RsragError):
    """A search that makes no sense."""


class ChangeError(RsragError):
    """Two pictures cannot be compared, or a fact sheet cannot be read."""


class BucketError(RsragError):
    """A bucket, or a folder used as one, refuses or cannot be reached."""


class MissingExtraError(RsragError):
    """An optional package is not installed.

    Args:
        extra: of rsrag, that brings the package.
        module: the package's name when it is imported.
        feature: what needs it.
    """

    def __init__(self, extra: str, module: str, feature: str) -> None:
        super().__init__(
            f"{feature} needs {module}, which is not installed; "
            f"it comes with rsrag's extra {extra}.",
            hint=f"pip install 'rsrag[{extra}]'",
        )


class PluginError(RsragError):
    """A plugin that cannot be loaded, or that breaks what its kind promises."""
