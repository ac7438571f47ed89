"""What servers of buckets say when they refuse, in words and without keys."""

import re

from rsrag.errors import BucketError
from rsrag.objects.addresses import Address
from rsrag.objects.credentials import NAMES, masked

_CODE = re.compile(r"<Code>([^<]*)</Code>")
_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")
_SERVER = re.compile(r"(?:GET|PUT|HEAD|POST|DELETE) (\w+://[^/\s?]+)")
_STATUS = re.compile(r"status code: (\d{3}[^:]*)")
_FULL = re.compile(r"quota|storage ?full|507|no space|not enough free", re.I)
_KEYS = re.compile(
    r"InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken|"
    r"AuthenticationFailed|Account must be specified|token request|40[13] ",
)


def bucket_error(place: Address, exc: Exception) -> BucketError:
    """What a bucket refuses, in words, with what to do; no key is in it."""
    text = str(exc)
    code, message = _CODE.search(text), _MESSAGE.search(text)
    status = _STATUS.search(text)
    head = text.partition("\n\nDebug source")[0].split("\n")[0]
    said = " ".join(found[1].strip() for found in (code, message) if found)
    said = masked(said or (status[1] if status else head)).rstrip(".")
    names = NAMES[place.scheme]
    if "NoSuchBucket" in text or "ContainerNotFound" in text:
        return BucketError(
            f"There is no bucket {place.bucket!r} ({said}).",
            hint=f"make it, or check the address and {names}",
        )
    if isinstance(exc, FileNotFoundError):
        what, hint = "it is not there", "rsrag index list shows what is there"
        return BucketError(f"{place}: {what}: {said}.", hint=hint)
    if _KEYS.search(text):
        return BucketError(
            f"{place}: the server does not take the keys: {said}.",
            hint=f"set {names}",
        )
    if _FULL.search(text):
        return BucketError(
            f"{place} is full: {said}.",
            hint="make room, and type the same command again: it goes on",
        )
    if status is None and "HTTP error" in text:
        server = _SERVER.search(text)
        where = server[1] if server else "the server"
        return BucketError(
            f"{place}: no answer from {where}.",
            hint=f"check the network and {names}",
        )
    return BucketError(
        f"{place}: the server refuses: {said}.",
        hint="type the same command again: it goes on",
    )
