"""Addresses of objects: ``s3://BUCKET/PREFIX``, ``gs://…``, ``az://…``, or a folder."""

import re
from dataclasses import dataclass
from pathlib import Path

from rsrag.errors import ConfigError

_ADDRESS = re.compile(r"(s3|gs|az):/{1,2}([^/]*)/?(.*)", re.I | re.DOTALL)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
ADDRESS_HINT = (
    "an address is s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A prefix of a bucket.

    Attributes:
        scheme: ``s3`` (Amazon and whatever speaks its protocol), ``gs``, ``az``.
        bucket: its name.
        prefix: without slashes at its ends; empty for the whole bucket.
    """

    scheme: str
    bucket: str
    prefix: str

    def __str__(self) -> str:
        """The address as it may be shown and kept."""
        return f"{self.scheme}://{self.bucket}" + (
            f"/{self.prefix}" * bool(self.prefix)
        )


def bucket_address(given: Path | str) -> Address | None:
    """The place in a bucket that an address names; ``None`` if it is no such address.

    A ``Path`` has lost one of the two slashes; that is no matter here.

    Raises:
        ConfigError: it begins as one, and names no bucket or holds a password.
    """
    match = _ADDRESS.fullmatch(str(given))
    if match is None:
        return None
    scheme, bucket, prefix = match[1].lower(), match[2], match[3].strip("/")
    if "@" in bucket:
        raise ConfigError(
            f"{scheme}://…@{bucket.rpartition('@')[2]}: a name and password in an "
            "address would be kept and shown.",
            hint="put keys into the environment: AWS_ACCESS_KEY_ID and the like",
        )
    if not _BUCKET.fullmatch(bucket):
        raise ConfigError(f"{given} names no bucket.", hint=ADDRESS_HINT)
    if any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in prefix):
        raise ConfigError(
            f"{str(given)!r} holds control characters.", hint=ADDRESS_HINT
        )
    return Address(scheme, bucket, prefix)
