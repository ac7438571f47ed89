"""Opens a place of objects: a prefix of a bucket, or a folder."""

from pathlib import Path

from rsrag.errors import ConfigError
from rsrag.objects.addresses import ADDRESS_HINT, bucket_address
from rsrag.objects.folder_objects import FolderObjects
from rsrag.objects.object_port import Objects
from rsrag.packages import need


def open_objects(place: Path | str) -> Objects:
    """The place of objects that an address or a path names; nothing is asked of it.

    Raises:
        ConfigError: an address that cannot be.
        MissingExtraError: a bucket, and the extra ``objects`` is not installed.
    """
    address = bucket_address(place)
    if address is None:
        if "://" in str(place):
            raise ConfigError(f"{place} is no place for objects.", hint=ADDRESS_HINT)
        return FolderObjects(Path(place).absolute())
    need("obstore", "A bucket")
    from rsrag.objects.bucket import Bucket

    return Bucket(address)
