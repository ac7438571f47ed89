"""Members of an archive, as a list that is cheap to keep."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from rsrag.errors import ImageReadError
from rsrag.imagery.archives.archive_names import (
    RAW_SUFFIXES,
    WHOLE_NAME_SUFFIXES,
    clean_member,
    companion_of,
    is_auxiliary_name,
    is_hidden,
    is_image_name,
    is_notes_name,
    suffix_of,
    unsafe_member,
)

INFLATION_LIMIT = 200
"""A member that grows more than this while unpacking is taken for a bomb..."""

INFLATION_FLOOR = 4 * 2**20
"""...unless it is smaller than this, in bytes: small files may be all of one colour."""

MEMBER_LIMIT = 64 * 2**30
"""Members larger than this, in bytes, are not read."""

IN_MEMORY_LIMIT = 64 * 2**20
"""Members up to this many bytes are held in memory; larger ones stay in the archive."""

COMPANION_LIMIT = 64 * 2**10
"""World files and the like are smaller than this, in bytes; others are not read."""

AUXILIARY_LIMIT = 8 * 2**20
"""Likewise for GDAL's ``.aux.xml`` and ``.msk``."""

PACKED_NOTES_LIMIT = 4 * 2**20
"""Likewise for notes of products in a packed tar, where they must be held."""


def companion_limit(suffix: str) -> int:
    """How many bytes a companion may have."""
    if suffix == ".hdr":  # Of hundreds of bands, each with its wavelength.
        return 2**20
    return AUXILIARY_LIMIT if suffix in WHOLE_NAME_SUFFIXES else COMPANION_LIMIT


SAMPLE_SUFFIXES = frozenset({".txt", ".cls"})
"""Endings of caption and class in a WebDataset: samples are members with one stem."""


class Member(NamedTuple):
    """A picture, or a small file that says something about one.

    Attributes:
        name: without a leading ``./``.
        size: bytes, unpacked.
        offset: tar: where its bytes start in the unpacked stream. zip: where its
            local header starts.
        packed: bytes in the archive.
        method: how it is packed: 0 stored, 8 deflated (as zip numbers them).
        crc: CRC-32 of the unpacked bytes, if the archive says so.
        within: the archive inside the archive that it lies in.
    """

    name: str
    size: int
    offset: int
    packed: int
    method: int
    crc: int | None = None
    within: "Member | None" = None


class Refusal(NamedTuple):
    """A member that is not read, and why; an empty name means the archive itself."""

    name: str
    reason: str
    kind: Literal["UnsafeArchiveError", "ImageReadError"]


@dataclass(slots=True)
class Contents:
    """An archive's members, in the order of the archive.

    Attributes:
        kind: how it is packed; ``tar.packed``: in a way that GDAL does not read.
        members: pictures by name.
        raw: members that may hold raw values, as a header beside them would say.
        companions: world files and the like: by the picture's path without its
            ending (lower case), then by their own ending.
        small: bytes of companions, where getting at them later is dear.
        notes: files that are called as the notes of products are, by name.
        refusals: what must not be read, in order; a break comes last.
        ignored: how many members are neither, by ending (``"."``: hidden).
        keeper: keeps the archive's file there, if nobody else does.
    """

    path: Path
    kind: Literal["tar", "tar.gz", "tar.packed", "zip"]
    members: dict[str, Member] = field(default_factory=dict)
    raw: dict[str, Member] = field(default_factory=dict)
    companions: dict[str, dict[str, Member]] = field(default_factory=dict)
    small: dict[str, bytes] = field(default_factory=dict)
    notes: dict[str, Member] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    keeper: object = None

    def add(self, member: Member, refusal: str | None = None) -> None:
        """File one member where it belongs.

        Args:
            member: a regular file, or whatever ``refusal`` says it is.
            refusal: why it must not be read, as far as its kind tells.
        """
        name = clean_member(member.name)
        refusal = unsafe_member(member.name) or refusal
        if refusal is None and member.size > MEMBER_LIMIT:
            refusal = f"it unpacks to {member.size} bytes, more than {MEMBER_LIMIT}"
        if refusal is None and inflates(member.size, member.packed):
            refusal = (
                f"it unpacks from {member.packed} to {member.size} bytes, more than "
                f"{INFLATION_LIMIT} times"
            )
        if refusal is not None:
            self.refuse(name, refusal)
        elif is_hidden(name):
            self.ignored["."] += 1
        elif is_image_name(name):
            if name in self.members:
                # As on unpacking: the later of two members with one name stands.
                self.refuse(name, "a later member of the archive has the same name")
                del self.members[name]
            self.members[name] = member._replace(name=name)
        elif is_notes_name(name):
            self.notes[name] = member._replace(name=name)
        elif (place := self.companion_of(name)) is not None:
            stem, suffix = place
            if member.size <= companion_limit(suffix):
                found = self.companions.setdefault(stem, {})
                found[suffix] = member._replace(name=name)
            elif suffix in WHOLE_NAME_SUFFIXES:  # It is nobody else's.
                self.refuse(name, f"it has {member.size:,} bytes, too many to be read")
            else:
                self.ignored[suffix] += 1
        elif suffix_of(name) in RAW_SUFFIXES:
            self.raw[name] = member._replace(name=name)
        elif not is_auxiliary_name(name):
            self.ignored[suffix_of(name)] += 1

    def settle(self, read: Callable[[Member], bytes]) -> None:
        """Decide, once all members are there, which of them hold raw values.

        Args:
            read: gives the bytes of a small member, or raises ``ImageReadError``.
        """
        for name, member in self.raw.items():
            header = self.beside(name).get(".hdr")
            if header is not None:
                with suppress(ImageReadError):
                    if read(header)[:4] == b"ENVI":
                        self.members[name] = member
                        continue
            self.ignored[suffix_of(name)] += 1
        self.raw.clear()
        if self.kind != "zip":  # A packed stream is read forwards only.
            order = sorted(self.members.items(), key=lambda one: one[1].offset)
            self.members = dict(order)

    def companion_of(self, name: str) -> tuple[str, str] | None:
        """Whose companion a member is; in a tar, captions and classes are, too."""
        if self.kind != "zip" and (suffix := suffix_of(name)) in SAMPLE_SUFFIXES:
            return name.lower()[: -len(suffix)], suffix
        return companion_of(name)

    def refuse(self, name: str, reason: str) -> None:
        """Note a member that must not be read."""
        self.refusals.append(Refusal(name, reason, "UnsafeArchiveError"))

    def cannot_read(self, name: str, reason: str) -> None:
        """Note a member that is damaged, or that nobody here can read."""
        self.refusals.append(Refusal(name, reason, "ImageReadError"))

    def break_off(self, reason: str) -> None:
        """Note that the archive cannot be read beyond this point."""
        self.refusals.append(Refusal("", reason, "ImageReadError"))

    def beside(self, name: str) -> dict[str, Member]:
        """Companions of a picture, by their ending."""
        lower = name.lower()
        stem = lower.rpartition(".")[0]
        return {**self.companions.get(stem, {}), **self.companions.get(lower, {})}


def inflates(size: int, packed: int) -> bool:
    """Whether a member grows like a bomb."""
    return size > INFLATION_FLOOR and size > INFLATION_LIMIT * max(packed, 1)
