"""``rsrag caption`` as a person types it."""

import json

import pytest
from known_places import CAPTIONS, COLOURS, textured

from rsrag.commands import main
from rsrag.encoders.mini.mini import MiniEncoder

SEA = "The picture looks like the open sea [1]. Most of it looks like water [2]."
HERE = (
    "The picture lies within Lake Baikal [3]. The picture shows Olkhon, at least in "
    "part [4]."
)


@pytest.fixture
def caption(know):
    """Without a model and without an index: exit code, stdout, stderr."""

    def call(*words):
        return know("caption", "--no-llm", *words)

    return call


@pytest.fixture
def hear(listen):
    """The same, with the captions of an index."""

    def call(*words):
        return listen("caption", "--no-llm", "--index", "captioned", *words)

    return call


def flat(text):
    return " ".join(text.split())


def test_a_scene_and_its_place(caption, pictures):
    file = pictures / "baikal.tif"
    code, out, err = caption(str(file))
    assert (code, err) == (0, "")
    assert flat(out).startswith(f"{SEA} {HERE} [1] chip · {file} seen by mini")
    assert "[3] landmark · Lake Baikal · Own notes · CC0-1.0\n" in out


def test_a_picture_that_has_no_place(caption, pictures):
    code, out, err = caption(str(pictures / "sand.png"))
    assert (code, err) == (0, "")
    assert out.startswith(
        "The picture looks like a sand desert [1]. Most of it looks like bare ground "
        "[2].\n\n[1] chip · "
    )
    assert "[3]" not in out


def test_without_knowledge_there_is_no_place(capfd, pictures, tmp_path):
    none = ["--knowledge", str(tmp_path / "none")]
    assert main(["caption", "--no-llm", str(pictures / "baikal.tif"), *none]) == 0
    out, _ = capfd.readouterr()
    assert out.startswith(f"{SEA}\n\n")


def test_a_caption_of_like_pictures(hear, captioned):
    code, out, err = hear(str(captioned / "snow-0.png"))
    assert code == 0
    assert out.startswith(("White snow covers everything [1].", "Snow and ice [1]."))
    assert "was written of another picture like this one (similarity" in err


def test_its_own_chip_may_be_left_out(hear, captioned):
    def sources(*words):
        code, out, err = hear(str(captioned / "sea-1.png"), "--json", *words)
        assert code == 0, err
        return out

    assert (
        "sea-1.png"
        in json.loads(sources("--neighbours", "1"))[0]["citations"][0]["source"]
    )
    (answer,) = json.loads(sources("--neighbours", "1", "--exclude-self"))
    first = answer["citations"][0]
    assert first["source"].endswith(("sea-0.png", "sea-2.png"))
    assert first["text"].rstrip(".").lower() in [
        caption.rstrip(" .") for caption in CAPTIONS["sea"]
    ]


def test_one_broken_picture_does_not_lose_the_others(caption, pictures):
    names = ["sand.png", "broken.png", "none.png", "ocean.tif"]
    files = [str(pictures / name) for name in names]
    code, out, err = caption(*files)
    assert code == 1
    assert "a sand desert" in out
    assert "the open sea" in out
    assert [line for line in out.splitlines() if line in files] == [files[0], files[3]]
    assert f"error: {files[1]} is no picture" in err
    assert f"error: {files[2]} is not a file" in err
    assert err.endswith("2 of 4 pictures could not be read.\n")


def test_more_pictures_embed_no_more_texts(caption, pictures, monkeypatch):
    asked = []
    encode = MiniEncoder.encode_texts

    def counting(self, texts):
        asked.append(tuple(texts))
        return encode(self, texts)

    monkeypatch.setattr(MiniEncoder, "encode_texts", counting)
    files = [str(pictures / name) for name in ("ocean.tif", "sand.png", "baikal.tif")]
    assert caption(files[0])[0] == 0
    of_one = asked.copy()
    asked.clear()
    assert caption(*files)[0] == 0
    assert asked == of_one
    assert len(of_one) == len(set(of_one)) > 1


def test_json_and_geojson_hold_those_that_could_be_read(caption, pictures, tmp_path):
    file = tmp_path / "evidence.geojson"
    files = [str(pictures / name) for name in ("broken.png", "baikal.tif")]
    code, out, err = caption(*files, "--json", "--geojson", str(file))
    assert code == 1
    (answer,) = json.loads(out)
    assert (answer["question"], answer["route"]) == (files[1], "caption")
    assert answer["refused"] is False
    assert [one["kind"] for one in answer["citations"]] == [
        "chip", "chip", "landmark", "landmark",
    ]  # fmt: skip
    features = json.loads(file.read_text())["features"]
    kinds = [feature["geometry"]["type"] for feature in features]
    assert kinds == ["Polygon", "Polygon", "Polygon", "Point"]
    assert err.endswith(
        f"wrote {file}: 4 with a place\n1 of 2 pictures could not be read.\n"
    )


def test_all_broken(caption, pictures):
    code, out, err = caption(str(pictures / "broken.png"))
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert "pictures could not" not in err
    assert caption(str(pictures / "broken.png"), "--json")[:2] == (1, "[]\n")


def test_a_file_name_does_not_drive_the_terminal(caption, tmp_path):
    files = [tmp_path / "a\x1b[31m\x9b.png", tmp_path / "b\nc.png"]
    for file in files:
        textured(COLOURS["sand"], 1).save(file)
    code, out, err = caption(*map(str, files))
    assert code == 0
    assert "\x1b" not in out + err
    assert "\x9b" not in out + err
    assert "\nc.png" not in out


def test_show_prompt(caption, pictures):
    code, out, _ = caption(str(pictures / "sand.png"), "--show-prompt")
    assert (code, out.split("\n")[0]) == (0, "No model was asked.")


def test_a_model_words_it_or_is_passed_over(know, pictures, monkeypatch):
    class Saying:
        name, context_tokens, sees = "saying", 4096, False

        def __init__(self, *texts):
            self.texts = list(texts)

        def count_tokens(self, messages):
            return sum(len(m.content.split()) for m in messages)

        def generate(self, messages, **options):
            from rsrag.types import Generation

            return Generation(self.texts.pop(0), 1, 1, "stop")

        def close(self):
            pass

    saying = Saying("A lake of gold in Spain.", "The picture looks like the open sea.")
    monkeypatch.setattr(
        "rsrag.generators.generator_registry.load_generator", lambda **_: saying
    )
    words = ["caption", str(pictures / "ocean.tif"), "--json", "--show-prompt", "--llm"]
    (answer,) = json.loads(know(*words)[1])
    assert answer["text"] == SEA
    assert answer["generator"] is None
    assert answer["removed"][0]["sentence"] == "A lake of gold in Spain."
    assert "[1] The picture looks like the open sea." in answer["prompt"]
    (answer,) = json.loads(know(*words)[1])
    assert answer["text"] == "The picture looks like the open sea [1] [2]."
    assert answer["generator"] == "saying"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--index", "none"], "No index 'none'"),
        (["--encoder", "none"], "none"),
    ],
)
def test_what_cannot_be(caption, pictures, words, message):
    code, _, err = caption(str(pictures / "sand.png"), *words)
    assert code == 1
    assert err.startswith("error: ")
    assert message in err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["a.png", "--neighbours", "0"],
        ["a", "--x"],
        ["a.png", "--geojson", "/no/where.geojson"],
    ],
)
def test_wrong_usage(capfd, words):
    assert main(["caption", *words]) == 2
    assert "Error: " in capfd.readouterr().err
