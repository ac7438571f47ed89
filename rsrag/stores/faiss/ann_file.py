"""The file of an approximate index, as ``store.json`` describes it."""

from dataclasses import dataclass
from pathlib import Path

from rsrag.errors import StoreError
from rsrag.plain_values import check_file_name
from rsrag.stores.faiss.ann_choice import AnnChoice
from rsrag.stores.faiss.faiss_ann import AnnIndex
from rsrag.stores.files.append_file import checksum


@dataclass(frozen=True, slots=True)
class AnnFile:
    """An index as it was saved; each save makes a new file with a new number.

    Attributes:
        file: its name in the store's directory.
        number: counts the saves.
        rows: how many rows are in.
        trained: how many rows there were when it was trained.
        bytes: the file's size.
        crc: CRC-32 of the file.
    """

    file: str
    number: int
    rows: int
    trained: int
    bytes: int
    crc: int

    def __post_init__(self) -> None:
        check_file_name(self.file)

    @classmethod
    def save(
        cls, ann: AnnIndex, folder: Path, old: "AnnFile | None", trained: int
    ) -> "AnnFile":
        """Write an index beside the old one, which stays until the state says so."""
        number = old.number + 1 if old else 1
        path = folder / f"ann-{number}.faiss"
        size = ann.save(path)
        crc = checksum(path, size) or 0
        return cls(path.name, number, ann.rows, trained, size, crc)

    def check(self, folder: Path, hint: str) -> None:
        """Compare the size; ``StoreError`` where the file is missing or cut."""
        path = folder / self.file
        size = path.stat().st_size if path.exists() else 0
        if size != self.bytes:
            raise StoreError(
                f"{path} has {size} bytes, the store counts {self.bytes}.", hint=hint
            )

    def verify(self, folder: Path, hint: str) -> None:
        """Compare the checksum; ``StoreError`` where it is another."""
        self.check(folder, hint)
        if checksum(folder / self.file, self.bytes) != self.crc:
            raise StoreError(
                f"{folder / self.file} does not hold the bytes written to it.",
                hint=hint,
            )

    def load(
        self, folder: Path, choice: AnnChoice, dim: int, hint: str, mapped: bool
    ) -> AnnIndex:
        """Read the index, or map it; as :meth:`AnnIndex.load`."""
        path = folder / self.file
        ann = AnnIndex.load(path, choice, dim, hint, mapped)
        if ann.rows != self.rows:
            raise StoreError(
                f"{path} holds {ann.rows} rows, the store counts {self.rows}.",
                hint=hint,
            )
        return ann
