import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from rsrag.encoders.encoder_registry import encoder_names, load_encoder
from rsrag.encoders.mini.mini import HEADS
from rsrag.encoders.models.model_cache import Pin, hub_cache, write_pin
from rsrag.encoders.models.model_cards import CARDS
from rsrag.errors import CheckpointError, EncoderError, ModelNotFoundError

pytestmark = pytest.mark.usefixtures("own_caches")


def test_names():
    assert encoder_names()[0] == "mini"
    assert set(encoder_names()) == {"mini", *CARDS}


@pytest.mark.parametrize("name", CARDS)
def test_absent_weights_are_answered_with_three_ways_on(name):
    with pytest.raises(ModelNotFoundError, match=name) as caught:
        load_encoder(name)
    for way in (f"rsrag models pull {name}", "--checkpoint FILE", "--encoder mini"):
        assert way in caught.value.hint


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("georsclip", "georsclip-vit-b-32"),
        ("GeoRSCLIP-ViT-L-14", "georsclip-vit-l-14"),
        ("skyclip-vit-b32", "skyclip-vit-b-32"),
        ("minni", "mini"),
    ],
)
def test_an_unknown_name_is_answered_with_near_ones(typed, meant):
    with pytest.raises(ModelNotFoundError, match=f"{typed}.*{meant}"):
        load_encoder(typed)


def test_a_card_gives_its_architecture_and_its_name(tmp_path):
    (tmp_path / "w.pt").write_bytes(b"w")
    encoder = load_encoder("georsclip-vit-b-32", checkpoint=tmp_path / "w.pt")
    assert encoder.identity.id == "georsclip-vit-b-32"
    assert encoder.identity.dim == 512
    assert encoder.identity.preprocessing.endswith("; ViT-B-32-quickgelu")
    other = load_encoder(
        "georsclip-vit-b-32", checkpoint=tmp_path / "w.pt", architecture="ViT-B-32"
    )
    assert other.identity != encoder.identity


def test_any_architecture_with_a_file(tmp_path):
    (tmp_path / "w.pt").write_bytes(b"w")
    encoder = load_encoder("open_clip:ViT-B-16-SigLIP", checkpoint=tmp_path / "w.pt")
    assert encoder.identity.id == "open_clip:ViT-B-16-SigLIP"
    assert "resize to 224 x 224" in encoder.identity.preprocessing
    with pytest.raises(ModelNotFoundError, match="weights") as caught:
        load_encoder("open_clip:ViT-B-32")
    assert "--checkpoint" in caught.value.hint
    with pytest.raises(ModelNotFoundError, match="ViT-B-23"):
        load_encoder("open_clip:ViT-B-23", checkpoint=tmp_path / "w.pt")
    with pytest.raises(ModelNotFoundError, match="no checkpoint at"):
        load_encoder("open_clip:ViT-B-32", checkpoint=tmp_path / "none.pt")
    with pytest.raises(EncoderError, match="Two architectures"):
        load_encoder(
            "open_clip:ViT-B-32", checkpoint=tmp_path / "w.pt", architecture="RN50"
        )


def test_mini_takes_heads_of_its_own_shape(tmp_path):
    bundled = load_encoder("mini").identity
    copy = tmp_path / "mine.safetensors"
    tensors = load_file(HEADS)
    tensors["text.outer_bias"] = tensors["text.outer_bias"] + np.float16(0.5)
    save_file(tensors, copy, metadata={"side": "160"})
    other = load_encoder("mini", checkpoint=copy).identity
    assert (bundled.id, other.id, other.dim) == ("mini", "mini", bundled.dim)
    assert other.weights_sha256 != bundled.weights_sha256
    with pytest.raises(EncoderError, match="mini has one architecture"):
        load_encoder("mini", architecture="RN50")
    with pytest.raises(ModelNotFoundError, match=r"w\.pt"):
        load_encoder("mini", checkpoint=tmp_path / "w.pt")
    (tmp_path / "w.pt").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match=r"w\.pt"):
        load_encoder("mini", checkpoint=tmp_path / "w.pt")


def test_a_pinned_file_is_used_while_its_size_is_right(tmp_path):
    file = tmp_path / "w.pt"
    file.write_bytes(b"weights")
    write_pin("remoteclip-rn50", Pin(str(file), "0" * 64, 7, "hub"))
    assert load_encoder("remoteclip-rn50").identity.dim == 1024
    file.write_bytes(b"cut")
    with pytest.raises(CheckpointError, match=r"3 bytes.*7") as caught:
        load_encoder("remoteclip-rn50")
    assert caught.value.hint == "rsrag models pull remoteclip-rn50"


def test_a_file_that_another_program_got_from_the_hub_is_found():
    folder = hub_cache() / "models--chendelong--RemoteCLIP"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("c0ffee")
    (folder / "snapshots" / "c0ffee").mkdir(parents=True)
    (folder / "snapshots" / "c0ffee" / "RemoteCLIP-ViT-B-32.pt").write_bytes(b"w")
    assert load_encoder("remoteclip-vit-b-32").identity.dim == 512
