"""Pictures on servers, read in ranges: only the blocks that chips need travel."""

import base64
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from rsrag.errors import ImageReadError, SourceNotFoundError
from rsrag.imagery.archives.members import IN_MEMORY_LIMIT
from rsrag.imagery.pixels.file_formats import HEAD_BYTES
from rsrag.imagery.sources.stored_objects import ask_object, read_object
from rsrag.imagery.sources.urls import (
    check_url,
    gdal_path,
    in_bucket,
    offline,
    public,
)
from rsrag.objects.credentials import gdal_options
from rsrag.objects.object_port import ObjectInfo

_log = logging.getLogger(__name__)

TIMEOUT_S = 30
"""A server that says nothing for so long is given up."""

WHOLE_BYTES = 4 << 20
"""An object up to this size is read at once, whatever it is."""

_IN_BLOCKS = (".tif", ".tiff", ".jp2")


class _Answer(NamedTuple):
    """The first bytes of a file, and what the server says of all of it."""

    head: bytes
    size: int
    mark: str


@dataclass(frozen=True)
class RemoteFile:
    """One file on a server.

    Args:
        url: ``https://``, ``http://``, ``s3://``, ``gs://`` or ``az://``; a query (a
            signature) is used and never shown.
        info: what a listing said of an object, which spares a request.
        beside: companions of an object, by their ending: their addresses.

    Raises:
        ConfigError: no address, or one with a password.
    """

    url: str = field(repr=False)
    info: ObjectInfo | None = field(default=None, repr=False)
    beside: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        check_url(self.url)

    @property
    def source(self) -> str:
        """The address as it may be shown and kept."""
        return public(self.url)

    @property
    def name(self) -> str:
        """The file's own name."""
        return PurePosixPath(unquote(urlsplit(self.url).path)).name

    @property
    def gdal_path(self) -> str:
        """How GDAL finds it."""
        return gdal_path(self.url)

    @property
    def size(self) -> int:
        """Bytes, as the server says."""
        return self.info.size if self.info is not None else self._answer.size

    def head(self, size: int) -> bytes:
        """The first bytes, at most 64 KiB.

        Raises:
            SourceNotFoundError: there is no such file.
            ImageReadError: the server refuses, fails, or does not answer.
        """
        return self._answer.head[:size]

    def digest(self) -> str:
        """Hex digest of the address and of what tells one version from the next.

        That is the ETag or the time of the last change, and the length; without
        either, the first bytes.

        Raises:
            ImageReadError: it cannot be read.
        """
        if self.info is not None:
            size, mark = self.info.size, self.info.mark
        else:
            answer = self._answer
            size = answer.size
            mark = answer.mark or hashlib.sha256(answer.head).hexdigest()
        text = f"rsrag-remote-1\n{self.source}\n{size}\n{mark}"
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def whole(self) -> bool:
        """Whether it is read whole: a small object, or of a kind without blocks."""
        if not in_bucket(self.url):
            return False
        blocks = PurePosixPath(self.name).suffix.lower() in _IN_BLOCKS
        return not blocks or self.size <= WHOLE_BYTES

    def read(self) -> bytes:
        """All bytes of an object; see :func:`read_object`."""
        if self.size > IN_MEMORY_LIMIT:
            raise ImageReadError(
                f"{self.source} has {self.size:,} bytes, and only .tif and .jp2 are "
                "read in blocks.",
                hint="make it a cloud-optimised GeoTIFF",
            )
        return read_object(self.url)

    @cached_property
    def _answer(self) -> _Answer:
        if offline():
            raise ImageReadError(
                f"{self.source} is on a server, and RSRAG_OFFLINE forbids to ask it.",
                hint="unset RSRAG_OFFLINE, or fetch the file",
            )
        if in_bucket(self.url):
            return _Answer(*ask_object(self.url, self.info, HEAD_BYTES))
        return self._ask()

    def _ask(self) -> _Answer:
        import urllib.error
        import urllib.request

        request = urllib.request.Request(
            self.url, headers={"Range": "bytes=0-65535", "User-Agent": "rsrag"}
        )
        if word := _login(self.url):
            # Not for the servers that this one may send us to.
            request.add_unredirected_header("Authorization", word)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
                head = reply.read(65536)
                headers = reply.headers
                if reply.status != 206 and len(head) == 65536:
                    raise ImageReadError(
                        f"{self.source}: the server sends whole files only, no ranges.",
                        hint="fetch the file, and index it from the disk",
                    )
        except urllib.error.HTTPError as exc:
            with exc:
                raise self._refused(exc.code, exc.reason) from exc
        except (OSError, ValueError) as exc:
            reason = getattr(exc, "reason", None) or exc
            raise ImageReadError(
                f"{self.source}: no answer from the server: {reason}",
                hint="check the address and the network",
            ) from exc
        total = headers.get("Content-Range", "").rpartition("/")[2]
        size = int(total) if total.isdecimal() else len(head)
        _log.info("GET %s: the first %d of %d bytes", self.source, len(head), size)
        mark = headers.get("ETag") or headers.get("Last-Modified") or ""
        return _Answer(head, size, mark)

    def _refused(self, code: int, reason: str) -> Exception:
        if code in (404, 410):
            return SourceNotFoundError(f"{self.source} is not there ({code} {reason}).")
        hint = None
        if code in (401, 403):
            hint = "a signed link expires; give it again, or put keys into ~/.netrc"
        return ImageReadError(
            f"{self.source}: the server answers {code} {reason}.", hint=hint
        )


def _login(url: str) -> str | None:
    """Name and password for a server from ``~/.netrc``, where GDAL finds them too."""
    import netrc

    try:
        found = netrc.netrc().authenticators(urlsplit(url).hostname or "")
    except (OSError, netrc.NetrcParseError):
        return None
    if found is None:
        return None
    pair = base64.b64encode(f"{found[0]}:{found[2]}".encode()).decode()
    return f"Basic {pair}"


def network_settings(files: Sequence[RemoteFile]) -> dict[str, Any]:
    """GDAL's settings that let it reach these files, and give up in time."""
    settings: dict[str, Any] = {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_HTTP_CONNECTTIMEOUT": TIMEOUT_S,
        "GDAL_HTTP_LOW_SPEED_TIME": TIMEOUT_S,
        "GDAL_HTTP_LOW_SPEED_LIMIT": 1,
        "GDAL_HTTP_MAX_RETRY": 2,
        "GDAL_HTTP_RETRY_DELAY": 1,
        "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
        "GDAL_HTTP_USERAGENT": "rsrag",
    }
    for scheme in {file.url.partition("://")[0] for file in files}:
        settings |= gdal_options(scheme)
    if len(files) == 1:
        # This very file, and no sidecar or link that it may speak of.
        settings["CPL_VSIL_CURL_ALLOWED_FILENAME"] = files[0].gdal_path
    else:
        endings = {PurePosixPath(file.gdal_path).suffix for file in files}
        settings["CPL_VSIL_CURL_ALLOWED_EXTENSIONS"] = ",".join(sorted(endings))
    return settings
