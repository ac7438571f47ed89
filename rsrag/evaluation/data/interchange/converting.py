"""Files of one published form written in another, record by record."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.data.caption_files import csv_rows
from rsrag.evaluation.data.interchange import captioned_records as records
from rsrag.evaluation.data.interchange.conversations import (
    from_llava,
    from_messages,
    to_llava,
    to_messages,
)
from rsrag.evaluation.data.interchange.json_stream import open_text, stream_json
from rsrag.evaluation.data.interchange.plain_pickles import pickled_rows
from rsrag.evaluation.data.interchange.rsvqa_files import (
    ENDING,
    from_rsvqa,
    rsvqa_rows,
)
from rsrag.evaluation.data.interchange.sample import Sample, wrong

Row = Mapping[str, Any]
LISTS = ("annotations", "data", "images", "records")
SHOWN = 10


@dataclass(frozen=True, slots=True)
class DataForm:
    """A form of files.

    Attributes:
        marks: keys that records of it have, all of them.
        read: a row as a sample.
        write: a sample as rows; ``None`` if it is only read.
    """

    marks: tuple[str, ...] = ()
    read: Callable[[Row, str], Sample] | None = None
    write: Callable[[Sample, str], list[dict[str, Any]]] | None = None


FORMS: Mapping[str, DataForm] = {
    "llava": DataForm(
        ("conversations",),
        from_llava,
        lambda sample, where: to_llava(sample),
    ),
    "messages": DataForm(
        ("messages",),
        from_messages,
        lambda sample, where: to_messages(sample),
    ),
    "gaia": DataForm(("image_src", "captions"), records.from_gaia, records.to_gaia),
    "rsicap": DataForm(
        ("filename", "text_output"), records.from_rsicap, records.to_rsicap
    ),
    "rsieval": DataForm(
        ("filename", "qa_pairs"), records.from_rsieval, records.to_rsieval
    ),
    "rsvqa": DataForm(
        ("img_id", "question"),
        from_rsvqa,
    ),
    "vrsbench": DataForm(
        ("image_id", "question", "ground_truth"),
        records.from_vrsbench,
        records.to_vrsbench,
    ),
    "skyscript": DataForm(
        ("filepath", "title"),
        records.from_skyscript,
        records.to_skyscript,
    ),
    "captions": DataForm(
        ("file", "captions"),
        records.from_captions,
        records.to_captions,
    ),
    "skyscript-meta": DataForm(
        ("center_tags", "surrounding_tags"),
    ),
    "questions": DataForm(write=records.to_questions),
    "cards": DataForm(write=records.to_cards),
}


@dataclass(slots=True)
class Converted:
    """What came of it.

    Attributes:
        source: form of what was read.
        read: records there.
        written: rows.
        refused: records that were left out.
        reasons: of the first of them.
    """

    source: str
    read: int = 0
    written: int = 0
    refused: int = 0
    reasons: list[str] = field(default_factory=list)

    def refuse(self, why: ConfigError) -> None:
        """Count a record that was left out, and note why."""
        self.refused += 1
        if len(self.reasons) < SHOWN:
            self.reasons.append(str(why))


def convert(
    path: Path, into: str, source: str | None, images: Path | None, done: Converted
) -> Iterator[dict[str, Any]]:
    """Rows of a file in another form; its records are read one by one.

    Args:
        path: file or, of pickles, folder.
        into: a form that can be written; with ``json`` the rows as they are.
        source: form; told by the keys of the first record if ``None``.
        images: folder; records whose pictures it lacks are left out.
        done: is kept up to date.

    Raises:
        SourceNotFoundError: nothing is there.
        ConfigError: no such form, or a file that cannot be read on.
    """
    target = FORMS.get(into)
    if into != "json" and (target is None or target.write is None):
        forms = [name for name, form in FORMS.items() if form.write]
        raise ConfigError(f"{into!r} cannot be written.", hint=", ".join(forms))
    form = FORMS[_opened(path, source, done)]
    for where, row in _rows(path, done.source):
        done.read += 1
        try:
            made = list(_made(where, row, form, target, images))
        except ConfigError as exc:
            done.refuse(exc)
            continue
        done.written += len(made)
        yield from made
    if not done.read:
        raise ConfigError(f"{path} holds no record of {done.source}.")


def samples_of(
    path: Path, source: str | None, done: Converted
) -> Iterator[tuple[str, Sample]]:
    """The records of a file, each with where it stands; see :func:`convert`."""
    read = FORMS[_opened(path, source, done)].read
    if read is None:
        raise ConfigError(f"{done.source} holds no words.")
    for where, row in _rows(path, done.source):
        done.read += 1
        try:
            if isinstance(row, ConfigError):
                raise row
            if not isinstance(row, Mapping):
                wrong(where, f"{str(row)[:60]!r} is no object")
            sample = read(row, where)
        except ConfigError as exc:
            done.refuse(exc)
            continue
        yield where, sample


def _opened(path: Path, source: str | None, done: Converted) -> str:
    """The form of a file, noted."""
    if source is not None and (source not in FORMS or not FORMS[source].marks):
        forms = [name for name, form in FORMS.items() if form.marks]
        raise ConfigError(f"{source!r} cannot be read.", hint=", ".join(forms))
    if not path.exists():
        raise SourceNotFoundError(f"There is nothing at {path}.")
    done.source = source or form_of(path)
    return done.source


def _made(
    where: str, row: Any, form: DataForm, target: DataForm | None, images: Path | None
) -> Iterable[dict[str, Any]]:
    if isinstance(row, ConfigError):
        raise row
    if not isinstance(row, Mapping):
        wrong(where, f"{str(row)[:60]!r} is no object")
    if form.read is None:
        missing = [key for key in form.marks if key not in row]
        if missing:
            wrong(where, f"it lacks {' and '.join(missing)}")
        if target is None:
            return [dict(row)]
        wrong(where, "tags without words have the form json only")
    sample = form.read(row, where)
    for name in sample.images if images is not None else ():
        if not (Path(images or "") / name).is_file():
            wrong(where, f"the picture {name} is not in {images}")
    if target is None or target.write is None:
        return [dict(row)]
    return target.write(sample, where)


def form_of(path: Path) -> str:
    """The form of a file, by its name or by the keys of its first record.

    Raises:
        ConfigError: none fits.
    """
    if path.is_dir() or path.suffix in (".pickle", ".pkl", ".zip"):
        return "skyscript-meta"
    if path.name.endswith(ENDING):
        return "rsvqa"
    first: Any = next((row for _, row in _rows(path, "")), None)
    if isinstance(first, Mapping):
        fits = [
            name
            for name, form in FORMS.items()
            if form.marks and all(key in first for key in form.marks)
        ]
        if fits:
            return fits[0]
    raise ConfigError(
        f"{path} is of no form that is known: its first record has "
        f"{', '.join(map(str, first)) if isinstance(first, Mapping) else 'no keys'}.",
        hint=f"--from {', '.join(name for name, form in FORMS.items() if form.marks)}",
    )


def _rows(path: Path, form: str) -> Iterator[tuple[str, Any]]:
    if form == "skyscript-meta":
        return pickled_rows(path)
    if form == "rsvqa":
        return rsvqa_rows(path)
    return _table(path) if path.suffix == ".csv" else stream_json(path, LISTS)


def _table(path: Path) -> Iterator[tuple[str, Any]]:
    with open_text(path) as file:
        yield from csv_rows(file, path)
