"""Class names put into words, as zero-shot protocols do it.

GeoRSCLIP (Zhang et al., "RS5M and GeoRSCLIP", TGRS 2024) has one set of 105 templates:
three words for the picture, each in 35 patterns after CLIP's for ImageNet. Its class
names are those of the data set's folders, lower-cased, with ``_`` and ``/`` as blanks,
so EuroSAT's are *annualcrop* and *sealake*: what the published figures were made with.
"""

import re
from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import QueryError
from rsrag.interfaces import Encoder
from rsrag.rag.looking.scene import label_vectors, readable
from rsrag.types import Vectors
from rsrag.vectors import unit_rows

Naming = Literal["georsclip", "readable", "classify"]
PROTOCOLS: tuple[Naming, ...] = ("georsclip", "readable", "classify")
"""Folder names in 105 templates; words of them in the same; what ``rsrag classify``
does with them."""

_PICTURES = (
    ("a", "remote sensing image"),
    ("an", "aerial image"),
    ("a", "satellite image"),
)
_PREFIXES = (
    *("low resolution", "bad", "cropped", "bright", "dark", "close-up"),
    *("black and white", "jpeg corrupted", "blurry", "good"),
)
_KINDS = ("large", "nice", "small", "weird", "cool")
_SEPARATORS = re.compile(r"[_/]")


def georsclip_templates() -> tuple[str, ...]:
    """The 105 templates, each with one ``{}`` for the class."""
    templates = []
    for article, picture in _PICTURES:
        plain = f"{article} {picture} of"
        templates.append(f"{plain} many {{}}.")
        for which in ("a", "the"):
            templates += [
                f"{plain} {which} {{}}.",
                f"{plain} {which} hard to see {{}}.",
            ]
            templates += [f"a {p} {picture} of {which} {{}}." for p in _PREFIXES]
            templates += [f"{plain} {which} {kind} {{}}." for kind in _KINDS]
    return tuple(templates)


def folder_name(label: str) -> str:
    """A class as GeoRSCLIP's protocol says it: ``Baseball_Field`` and the like."""
    return _SEPARATORS.sub(" ", label.lower())


@runtime_checkable
class HasTextFeatures(Protocol):
    """An encoder that gives text vectors before they are scaled to length one."""

    def text_features(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """``(n, dim)`` float32, not normalised."""
        ...


def class_vectors(labels: Sequence[str], encoder: Encoder, protocol: Naming) -> Vectors:
    """``(n, dim)`` unit rows, a class each; ``protocol``: one of :data:`PROTOCOLS`.

    The mean is taken of un-normalised features where the encoder gives them (those of
    open_clip do), as GeoRSCLIP's code does; else of unit rows.

    Raises:
        QueryError: no label, a blank one, or two that read the same.
    """
    if protocol == "classify":
        return label_vectors(labels, encoder)
    say = folder_name if protocol == "georsclip" else readable
    names = [say(label).strip() for label in labels]
    if not names or not all(names):
        raise QueryError("There is no class, or one has a blank name.")
    if twins := {name for name in names if names.count(name) > 1}:
        raise QueryError(f"Two classes read {min(twins)!r} in the protocol {protocol}.")
    templates = georsclip_templates()
    texts = [template.format(name) for name in names for template in templates]
    if isinstance(encoder, HasTextFeatures):
        rows = encoder.text_features(texts)
    else:
        rows = encoder.encode_texts(texts)
    each = rows.astype(np.float64).reshape(len(names), len(templates), -1)
    return unit_rows(each.mean(axis=1))
