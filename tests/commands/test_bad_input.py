"""Bad input to every command: told in three lines, the file once, what to type next."""

import json

import numpy as np
import pytest
import rasterio

from rsrag.commands import main

WKT = (
    'PROJCRS["x",BASEGEOGCRS["WGS 84",DATUM["World Geodetic System 1984",ELLIPSOID['
    '"WGS 84",6378137,298.257223563]]],CONVERSION["x",METHOD["nonsense"]],'
    'CS[Cartesian,2],AXIS["e",east],AXIS["n",north]]'
)
FILES = {
    "text.txt": b"hello",
    "broken.png": b"\x89PNG\r\n\x1a\nno",
    "empty.tif": b"",
    "bad.zip": b"PK\x03\x04nope",
    "bad.tar": b"x" * 600,
    "bad.json": b"{",
    "bad.csv": b"file,datetime\n1\n",
    "twice.csv": b"file,datetime\na.png,2020\na.png,2021\n",
    "when.csv": b"file,datetime\na.png,yesterday\n",
    "size.csv": b"file,gsd\na.png,-3\n",
    "bad.parquet": b"PAR1xx",
    "bad.npy": b"no",
    "bad.geojson": b'{"type":"Polygon","coordinates":[[[0,0],[1,1]]]}',
    "bad.gpkg": b"SQLite format 3\0" + b"x" * 100,
    "bad.kml": b"<kml>",
    "bad.md": b"\xff\xfe\xff",
    "bytes.txt": b"\xff\xfe\x00",
    "blank.txt": b"\n\n",
    "bad.safetensors": b"xx",
    "nameless.csv": b"x,y\n1,2\n",
    "item.json": json.dumps(
        {
            "type": "Feature",
            "stac_version": "1.0.0",
            "id": "x",
            "links": [],
            "assets": {},
            "properties": {},
            "geometry": None,
        }
    ).encode(),
}
"""What lies in the folder ``@``."""

BUILD = [
    *("@/missing", "@/empty", "@/text.txt", "@/broken.png", "@/empty.tif"),
    *("@/bad.zip", "@/bad.tar", "@/item.json", "@/bad.json", "https://x y/z.tif"),
    *("ARCHIVE --chip-size 0", "ARCHIVE --chip-size 12x", "ARCHIVE --stride -1"),
    *("ARCHIVE --bands 9,9,9", "ARCHIVE --bands a,b", "ARCHIVE --stretch foo"),
    *("ARCHIVE --stretch percentile:98,2", "ARCHIVE --bounds 5 5 4 4"),
    *("ARCHIVE --bounds 0 0 1 100", "ARCHIVE --crs EPSG:999999", "ARCHIVE --crs WKT"),
    *("ARCHIVE --crs nonsense", "ARCHIVE --metadata @/missing.csv"),
    *("ARCHIVE --metadata @/bad.csv", "ARCHIVE --metadata @/twice.csv"),
    *("ARCHIVE --metadata @/when.csv", "ARCHIVE --metadata @/size.csv"),
    *("ARCHIVE --metadata @/text.txt", "ARCHIVE --metadata @/bad.json"),
    *("ARCHIVE --encoder nope", "ARCHIVE --checkpoint @/missing.pt"),
    *("ARCHIVE --checkpoint @/bad.safetensors", "ARCHIVE --store nope"),
    *("ARCHIVE --ann nope", "ARCHIVE --threads 0", "ARCHIVE --batch-size 0"),
    *("ARCHIVE --datetime soon", "ARCHIVE --datetime 2021/2020"),
    *("ARCHIVE --max-cloud 140", "ARCHIVE --max-nodata 2", "ARCHIVE --name ../x"),
    *("ARCHIVE --name a/b", "ARCHIVE --indexes @/text.txt"),
]
INDEX = [
    *("info nope", "verify nope", "update nope", "rebuild nope", "rollback nope"),
    *("prune nope", "export nope --format npy --out @/o", "tag nope x", "info worl"),
    *("tag world ../x", "tag world 5", "rollback world --to 99"),
    *("rollback world --to x", "export world --format foo --out @/o"),
    *("export world --format geoparquet --out @/text.txt/x.parquet",),
    *("export world --format npy --out @/text.txt",),
    *("export world --format npy --out @/o --gsd 9..1", "update world @/missing"),
    *("rebuild world --store nope", "rebuild world --part nope.parquet"),
    *("rebuild world --encoder nope", "verify world --sample -1"),
    *("import @/missing.parquet --name q", "import @/bad.parquet --name q"),
    *("import @/text.txt --name q", "import @/bad.npy --name q"),
]
SEARCH = [
    *("", "--image @/missing.png", "--image @/broken.png", "--image @/empty.tif"),
    *("--chip zz", "--vector @/missing.npy", "--vector @/bad.npy"),
    *("--vector @/nan.npy", "--vector @/short.npy", "--queries @/missing.txt"),
    *("--queries @/blank.txt", "--queries @/bytes.txt", "sea --top-k 0"),
    *("sea --bbox 0 50 10 40", "sea --bbox 500 0 600 1"),
    *("sea --intersects @/missing.geojson", "sea --intersects @/bad.geojson"),
    *("sea --intersects @/text.txt", "sea --datetime x", "sea --gsd a..b"),
    *("sea --max-nodata 7", "sea --format xml", "sea --min-score nan"),
    *("sea --contact-sheet @/a.pdf", "sea --contact-sheet @/no/a.png"),
    *("sea --map @/no/m.html", "sea --map @/m.html --base @/broken.png"),
    *("sea --map @/m.html --base @/missing.png", "sea --encoder nope"),
    *("sea --index nope", "sea @/missing", "sea @/empty", "sea @/broken.png"),
]
ASK = [
    *("how --at 200,100", "how --at x", "how --radius -1", "how --lanes foo"),
    *("what --image @/missing.png", "what --image @/broken.png", "x --fusion foo"),
    *("x --llm @/missing.gguf", "x --llm-url nonsense", "x --template @/missing.txt"),
    *("x --top-k 0", "x --candidates 0", "x --knowledge-index nope", "x --alpha 2"),
    *("x --geojson @/no/a.json", "x --knowledge @/missing"),
]
LOOK = [
    *("caption @/missing.png", "caption @/broken.png", "caption @/empty.tif"),
    *("classify @/missing.png", "classify @/broken.png", "classify @/text.txt"),
    *("classify PICTURE --labels @/labels.txt", "classify PICTURE --labels-file @/no"),
]
IMPORT = [
    *("missing.csv", "bad.json", "bad.geojson", "bad.gpkg", "bad.kml", "bad.parquet"),
    *("bad.md", "bad.zip", "broken.png", "nameless.csv"),
]
OTHER = [
    *("knowledge show Nowhere", "index build-knowledge --knowledge @/empty"),
    *("eval retrieval @/missing", "eval zeroshot @/missing", "eval caption @/no.jsonl"),
    *("eval compare @/bad.json @/bad.json", "models pull nope", "models verify nope"),
]
CASES = [
    *(f"index build {words}" for words in BUILD),
    *(f"index {words}" for words in INDEX),
    *(f"search {words}" for words in SEARCH),
    *(f"ask {words}" for words in ASK),
    *LOOK,
    *(
        f"knowledge import @/{name} --name z --source s --licence CC0-1.0"
        for name in IMPORT
    ),
    *OTHER,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    (folder / "empty").mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    np.save(folder / "nan.npy", np.full(256, np.nan, np.float32))
    np.save(folder / "short.npy", np.ones(3, np.float32))
    pixels = np.arange(48, dtype=np.uint8).reshape(3, 4, 4)
    profile = {"driver": "GTiff", "width": 4, "height": 4, "count": 3}
    crs = {"crs": "EPSG:4326", "transform": rasterio.Affine(1, 0, 0, 0, -1, 9)}
    with rasterio.open(
        folder / "good.tif", "w", dtype="uint8", **profile, **crs
    ) as good:
        good.write(pixels)
    return folder


@pytest.mark.parametrize("words", CASES)
def test_bad_input_is_told_in_three_lines(words, folder, indexes, knowledge, capfd):
    named = {"ARCHIVE": str(folder / "good.tif"), "PICTURE": str(folder / "good.tif")}
    typed = [named.get(word, word).replace("@", str(folder)) for word in words.split()]
    typed = [WKT if word == "WKT" else word for word in typed]
    if typed[0] in ("search", "ask", "caption", "classify", "index"):
        # A build that goes through after all leaves nothing beside what others look at.
        mine = folder / "built" if typed[:2] == ["index", "build"] else indexes
        typed += [] if "--indexes" in typed else ["--indexes", str(mine)]
    if typed[0] in ("ask", "caption", "classify") and "--knowledge" not in typed:
        typed += ["--knowledge", str(knowledge)]
    if typed[:2] == ["knowledge", "import"]:
        typed += ["--knowledge", str(folder / "imported")]
    if typed[:2] == ["index", "build"] and "--name" not in typed:
        typed += ["--name", "bad"]
    code = main(typed)
    err = capfd.readouterr().err
    assert code in (1, 2), err
    if code == 2:
        return  # Wrong usage: the words of the library that reads options.
    lines = err.rstrip("\n").split("\n")
    assert lines[0].startswith("error: ") and len(lines) <= 3, err
    assert lines[-1].startswith(" next: "), err
    said = "\n".join(lines[:-1])
    files = [word for word in typed if word.startswith(str(folder))]
    assert all(said.count(file) <= 1 for file in files if file != str(folder)), err
    assert not any(word in err for word in ("PROJCRS[", "DATUM[", "Errno", "  File "))
