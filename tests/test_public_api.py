"""What programs may stand on: names, signatures, and that naming costs nothing."""

import inspect
import subprocess
import sys

import pytest

import rsrag
from rsrag import errors, interfaces

NAMES = {
    *("Answer", "BBox", "ChipHit", "Citation", "Classified", "Desk", "Encoder"),
    *("Evidence", "Filter", "Generator", "Hits", "Index", "Knowledge", "LabelScore"),
    *("Reranker", "RetrievalChoice", "TextEncoder", "VectorStore", "build", "open"),
    *("Facet", "localize", "Localized", "segment", "Segmented"),
    *("ground", "Grounded", "change", "Changed"),
    *("ChangeOptions", "Flips", "Timeline"),
    *("Concept", "Similar", "SimilarPair", "similar_places", "SimilarPlaces"),
    "__version__",
    *(name for name in vars(errors) if name.endswith("Error")),
}

FILTERS = (
    "bbox intersects datetime sensor gsd max_nodata placed_by dated_by filter near "
    "radius max_cloud exclude placed unplaced"
)
IMAGERY = (
    "chip_size stride scales bands stretch nodata max_nodata bounds crs metadata asset "
    "remote datetime bbox max_cloud strict_metadata exclude"
)
SIGNATURES = {
    "localize": "scene query like window stride_px threshold top_k exact variant "
    "encoder checkpoint progress",
    "ground": "scene phrase top_k encoder checkpoint progress",
    "segment": "scene classes preset thing head margin closed window shares refine "
    "encoder checkpoint progress",
    "open": "name encoder checkpoint indexes threads qdrant_url",
    "build": f"sources name encoder checkpoint precision {IMAGERY} store ann "
    "batch_size strict budget indexes threads qdrant_url progress stop",
    "Knowledge": "folder llm index knowledge_index reranker indexes encoder checkpoint "
    "settings",
    "Knowledge.ask": "question image at bbox radius after history index exclude "
    "exclude_self template budget max_tokens plain retrieval on_text on_retrieved "
    "query",
    "Knowledge.caption": "image index neighbours exclude_self",
    "Knowledge.classify": "image labels index neighbours exclude_self unsure "
    "temperature by_place closed examples",
    "Knowledge.import_": "sources name as_ map drop source licence category layer crs "
    "encoding landmark strict dry_run progress",
    "Knowledge.close": "",
    "Index.search": "query image chip vector add subtract like unlike top_k min_score "
    "dedupe uniform min_prob lanes where words",
    "Index.browse": "after limit sort offset where words",
    "Index.facets": "where words",
    "Index.count": "where words",
    "Index.get": "ids",
    "Index.to_geopandas": "where words",
    "Index.classify": "labels transductive debias temperature unsure top_k closed "
    "examples",
    "Index.update": "sources remove dry_run retry_skipped strict batch_size progress "
    "stop",
    "Index.densify": "query top_k budget batch_size progress stop where words",
    "Index.verify": "sources sample progress",
    "Index.export": "out format embeddings float16 force where words",
    "similar_places": "rasters at area values stride top_k apart_m progress",
    "change": "before after head register normalise clouds threshold min_area swap "
    "classes maps encoder checkpoint progress",
    "Index.change": "before after options encoder checkpoint progress",
    "Index.timeline": "at words where conditions",
    "Index.flips": "words since until top_k where conditions",
    "Index.similar": "min_score limit where progress words",
    "Index.train_concept": "name like unlike words force",
    "Index.concepts": "",
    "Index.close": "",
    "Hits.to_geojson": "",
    "Hits.to_geopandas": "",
    "Hits.to_map": "path base",
    "Hits.to_contact_sheet": "path",
    "ChipHit.image": "",
    "ChipHit.pixels": "",
}
CHIP = {
    *(
        "id",
        "score",
        "probability",
        "source",
        "file_name",
        "window",
        "bbox",
        "wkb",
        "footprint",
    ),
    *("datetime", "gsd_m", "sensor", "nodata_share", "crs", "properties", "place"),
}


def test_exported_names() -> None:
    assert set(rsrag.__all__) == NAMES == set(dir(rsrag))
    for name in NAMES:
        assert getattr(rsrag, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        rsrag.opne  # noqa: B018
    assert rsrag.Encoder is interfaces.Encoder


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    value = rsrag
    for part in name.split("."):
        value = getattr(value, part)
    parameters = [p for p in inspect.signature(value).parameters if p != "self"]
    assert " ".join(parameters) == SIGNATURES[name]


def test_words_of_a_search_are_those_of_the_command_line() -> None:
    import typer

    from rsrag.commands import app
    from rsrag.desk.filtering import FilterWords

    words = {*SIGNATURES["Index.search"].split(), *FilterWords.__annotations__}
    command = typer.main.get_command(app).commands["search"]
    typed = {parameter.name for parameter in command.params}
    assert set(FILTERS.split()) == set(FilterWords.__annotations__)
    assert words - {"where", "words"} <= typed


@pytest.mark.parametrize("name", sorted(NAMES - {"__version__", "BBox"}))
def test_what_is_public_is_described(name: str) -> None:
    value = getattr(rsrag, name)
    assert inspect.getdoc(value)
    for member, found in inspect.getmembers(value):
        public = not member.startswith("_") and name in ("Index", "Knowledge", "Hits")
        assert not public or inspect.getdoc(found), f"{name}.{member}"


def test_a_chip_has_what_it_is_said_to_have() -> None:
    chip = rsrag.ChipHit("a", 0.5)
    for name in CHIP:
        getattr(chip, name)


def test_importing_costs_no_time() -> None:
    # Of the processor: a busy machine must not decide.
    code = (
        "import time; started = time.process_time(); import rsrag; "
        "print(time.process_time() - started)"
    )
    took = [
        float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(9)
    ]
    assert min(took) < 0.020
