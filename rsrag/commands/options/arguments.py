"""Words that several commands share: options, and how numbers are typed."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from rsrag.config import Settings
from rsrag.config.homes import knowledge_roots
from rsrag.errors import ConfigError

FOUR_NUMBERS = ("--bbox", "--bounds")
"""Options that take W S E N, and may be typed with commas or with ``=``."""

IndexesOption = Annotated[
    Path | None,
    typer.Option(
        "--indexes",
        metavar="DIR",
        help="Folder of the indexes. "
        "[default: $RSRAG_INDEXES, ./indexes or the data home]",
    ),
]
KnowledgeOption = Annotated[
    Path | None,
    typer.Option(
        "--knowledge",
        metavar="DIR",
        help="Folder of collections, or one of them; several with : between. "
        "[default: $RSRAG_KNOWLEDGE, or what comes with rsrag and your own]",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
QdrantUrlOption = Annotated[
    str | None,
    typer.Option(
        "--qdrant-url",
        metavar="URL",
        help="Qdrant server. Its key comes from QDRANT_API_KEY. [default: $QDRANT_URL]",
    ),
]
CheckpointOption = Annotated[
    Path | None,
    typer.Option("--checkpoint", metavar="FILE", help="Local weights for the encoder."),
]
PrecisionOption = Annotated[
    str,
    typer.Option(
        "--precision", help="auto, fp32, bf16 or fp16. auto: bf16 where it is fast."
    ),
]
StoreOption = Annotated[
    str, typer.Option("--store", help="faiss, exact, qdrant-edge or qdrant.")
]
ANN = typer.Option("--ann", help="FAISS: auto, flat, hnsw, ivf-sq8 or ivf-pq.")
"""For a type of its own, where leaving it out keeps what there is."""
AnnOption = Annotated[str, ANN]
BatchSizeOption = Annotated[
    int, typer.Option("--batch-size", min=1, help="Chips a forward pass.")
]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", help="[default: $RSRAG_THREADS or all processors]"),
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Fail at the first unreadable source.")
]
CollectionsOption = Annotated[
    Path | None,
    typer.Option(
        "--knowledge",
        metavar="DIR",
        help="Folder of the collections; several with : between. "
        "[default: $RSRAG_KNOWLEDGE, or what comes with rsrag and your own]",
    ),
]
DatetimeOption = Annotated[
    str | None,
    typer.Option("--datetime", help="2020-06-01, 2020-01-01/.., ../2021, A/B."),
]
SensorOption = Annotated[
    list[str] | None, typer.Option("--sensor", help="Only this sensor.")
]
GsdOption = Annotated[
    str | None,
    typer.Option("--gsd", metavar="MIN..MAX", help="Metres a pixel: 0.5..10, ..30."),
]
MaxNodataOption = Annotated[
    float | None, typer.Option("--max-nodata", help="Share without data, 0 to 1.")
]
NeighboursOption = Annotated[
    int, typer.Option("--neighbours", min=1, help="Like pictures to hear.")
]
ExcludeSelfOption = Annotated[
    bool, typer.Option("--exclude-self", help="Leave out chips cut from the picture.")
]
LookingEncoderOption = Annotated[
    str | None,
    typer.Option("--encoder", help="[default: the index's, or $RSRAG_ENCODER]"),
]
ShowPromptOption = Annotated[
    bool, typer.Option("--show-prompt", help="Print what the model was sent.")
]
GeojsonOption = Annotated[
    Path | None,
    typer.Option("--geojson", metavar="FILE", help="Write the evidence, for QGIS."),
]

T = TypeVar("T")


def normalise(arguments: Sequence[str]) -> list[str]:
    """Spread ``--bbox=W,S,E,N`` and ``--bbox W,S,E,N`` into four words.

    The four numbers may be negative: they are not taken for options.
    """
    words: list[str] = []
    pending = False
    for word in arguments:
        name, equals, value = word.partition("=")
        if pending and word.count(",") == 3:
            words += [part.strip() for part in word.split(",")]
        elif name in FOUR_NUMBERS and equals:
            words += [name, *(part.strip() for part in value.split(","))]
        else:
            words.append(word)
        pending = word in FOUR_NUMBERS
    return words


def settings_with(
    indexes: Path | None = None,
    qdrant_url: str | None = None,
    threads: int | None = None,
    knowledge: Path | None = None,
) -> Settings:
    """Settings of environment and config file, with what was typed put over them."""
    if threads is not None and threads < 1:
        raise ConfigError(f"--threads is {threads}; it must be at least 1.")
    typed = {
        "indexes": indexes,
        "qdrant_url": qdrant_url,
        "threads": threads,
        "knowledge": knowledge and knowledge_roots(str(knowledge)),
    }
    given = {name: value for name, value in typed.items() if value is not None}
    return dataclasses.replace(Settings.from_environment(), **given)  # type: ignore[arg-type]
