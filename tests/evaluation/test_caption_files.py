"""Files of captions, in all their forms, and what is wrong with them."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings, strategies as st

from rsrag.errors import ConfigError, RsragError, SourceNotFoundError
from rsrag.evaluation.data.caption_files import Captioned, read_captions
from rsrag.evaluation.data.labelled import read_classes, read_labels
from rsrag.evaluation.data.prediction_files import read_predictions
from rsrag.evaluation.retrieval_run import Names

KARPATHY = {
    "dataset": "rsicd",
    "images": [
        {
            "filename": f"{name}.jpg",
            "split": split,
            "sentences": [{"raw": f"{name} {n} .", "tokens": [name]} for n in range(2)],
        }
        for name, split in (("a", "train"), ("b", "test"), ("c", "test"))
    ],
}


@pytest.fixture
def write(tmp_path):
    def call(text, encoding="utf-8"):
        path = tmp_path / "captions"
        path.write_bytes(text.encode(encoding))
        return path

    return call


def test_karpathy(write):
    path = write(json.dumps(KARPATHY))
    file = read_captions(path)
    assert (file.form, file.split) == ("karpathy", "test")
    assert file.splits == {"train": 1, "test": 2}
    assert file.pictures[0] == Captioned("b.jpg", ("b 0 .", "b 1 ."), "test")
    assert [one.file for one in read_captions(path, "train").pictures] == ["a.jpg"]
    assert len(read_captions(path, "all").pictures) == 3


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-16", ","), ("utf-8-sig", "\t"), ("cp1252", ";"), ("cp1252", ",")],
)
def test_csv_as_a_spreadsheet_saves_it(write, encoding, mark):
    text = f'filename{mark}title\r\na.jpg{mark}"Café é, 1; 2"\r\n'
    (one,) = read_captions(write(text, encoding)).pictures
    assert one == Captioned("a.jpg", ("Café é, 1; 2",))
    assert read_labels(write(text.replace("title", "label"), encoding)) == {
        "a.jpg": "Café é, 1; 2"
    }


def test_csv_in_gb18030(write):
    text = 'filename,title\na.jpg,many 树 trees\nb.jpg,"a road, grey"\na.jpg,green\n'
    file = read_captions(write(text, "gb18030"))
    assert (file.form, file.encoding, file.split) == ("csv", "gb18030", None)
    assert file.pictures == (
        Captioned("a.jpg", ("many 树 trees", "green")),
        Captioned("b.jpg", ("a road, grey",)),
    )


def test_jsonl(write):
    rows = [
        {"file": "a.jpg", "label": "Airport", "captions": [" one ", ""]},
        {"filename": "d/b.tif", "title": "two"},
    ]
    file = read_captions(write("\n".join(json.dumps(row) for row in rows)))
    assert file.pictures == (
        Captioned("a.jpg", ("one",), None, "Airport", blank=1),
        Captioned("d/b.tif", ("two",)),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no caption"),
        ("a,b\n1,2\n", "columns a, b"),
        ("filename,title\n,x\n", "line 2 names no file"),
        ("{", "line 1 is not JSON"),
        ('{"file": "a"}\n[1]', "line 2 is not an object"),
        ('{"captions": ["x"]}', "line 1 names no file"),
        ('{"file": "a", "captions": [7]}', "caption 7 is not a text"),
        ('{"file": "a", "captions": ["x"]}\n' * 2, "more than once, such as a"),
        ('{"images": []}', "holds no caption"),
    ],
)
def test_what_is_wrong(write, text, said):
    with pytest.raises(ConfigError, match=said):
        read_captions(write(text))


def test_an_empty_split_says_which_there_are(write):
    path = write(json.dumps(KARPATHY))
    with pytest.raises(
        ConfigError, match=r"'val' .* train \(1\), test \(2\)"
    ) as caught:
        read_captions(path, "val")
    assert caught.value.hint == "--split train, or --split all"
    with pytest.raises(ConfigError, match="tells of no splits"):
        read_captions(write('{"file": "a", "captions": ["x"]}'), "val")


def test_no_file(tmp_path):
    with pytest.raises(SourceNotFoundError):
        read_captions(tmp_path / "none")


def test_names_are_found_by_their_last_part():
    names = Names(
        [Captioned(f, ()) for f in ("x/1.png", "y/1.png", "./2.png", "3.png")]
    )
    assert names.find("/data/a.tar!/deep/2.png") == 2
    assert names.find("/data/x/1.png") == 0
    assert names.find("/data/a.tar!/y/1.png") == 1
    assert names.find("/data/z/1.png") is None
    assert names.find("/data/33.png") is None


def test_labels(write):
    assert read_labels(write("filename,label\na.png,Sea\nb.png,Ice\n")) == {
        "a.png": "Sea",
        "b.png": "Ice",
    }
    assert read_labels(write('{"file": "a.png", "label": 3}\n')) == {"a.png": "3"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,y\n1,2\n", "columns filename and label"),
        ("filename,label\n", "holds no label"),
        ("filename,label\na.png,\n", "line 2 has no label"),
        ("filename,label\na,Sea\na,Ice\n", "labelled 'Ice', and 'Sea' before"),
        ('{"file": "a"}', "line 1 has no label"),
    ],
)
def test_labels_that_are_wrong(write, text, said):
    with pytest.raises(ConfigError, match=said):
        read_labels(write(text))


def test_classes(write):
    assert read_classes(write("Sea\n\n Ice \n")) == ("Sea", "Ice")
    with pytest.raises(ConfigError, match="'Sea' more than once"):
        read_classes(write("Sea\nIce\nSea\n"))
    with pytest.raises(ConfigError, match="holds no class"):
        read_classes(write("\n"))


KEYS = (
    *("images", "filename", "file", "id", "captions", "sentences", "raw", "label"),
    *("prediction", "answer", "messages", "role", "split"),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(st.binary(max_size=80) | st.builds(lambda v: json.dumps(v).encode(), VALUES))
def test_no_file_breaks_a_reader(data):
    with TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(data)
        for read in (read_captions, read_labels, read_classes, read_predictions):
            try:
                read(path)
            except RsragError as error:
                assert str(error)
