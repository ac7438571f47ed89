"""The kinds of indexes, and the vector spaces that an index of each kind may have."""

from collections.abc import Mapping

FORMAT_VERSION = 3
"""Raised when a reader of the last version could no longer read the new one."""

IMAGERY = "imagery"
KNOWLEDGE = "knowledge"

IMAGE = "image"
TEXT = "text"
IMAGE_TEXT = "image_text"

SPACES: Mapping[str, tuple[str, ...]] = {
    IMAGERY: (IMAGE,),
    KNOWLEDGE: (TEXT, IMAGE_TEXT, IMAGE),
}
"""``image``: chips, or reference pictures of landmarks, by an image encoder;
``image_text``: passages and landmarks' names by the text side of that encoder;
``text``: passages by a text encoder."""
