import json
import subprocess
import sys

import pytest

from rsrag.cache import cache_folder
from rsrag.encoders.clip.clip_transform import transform_for
from rsrag.encoders.models import model_cards as room
from rsrag.encoders.models.model_cards import KEYS, published_cards

pytestmark = pytest.mark.usefixtures("own_caches")


def test_cards_are_those_of_open_clip_and_asked_for_once(monkeypatch):
    from open_clip import pretrained

    name = "ViT-B-16-SigLIP"
    wanted = [
        {key: pretrained.get_pretrained_cfg(name, tag).get(key) for key in KEYS}
        for tag in pretrained.list_pretrained_tags_by_model(name)
    ]
    first = published_cards(name)
    assert first and [
        {key: card[key] and list(card[key]) for key in ("mean", "std")}
        for card in first
    ] == [
        {key: card[key] and list(card[key]) for key in ("mean", "std")}
        for card in wanted
    ]
    before = transform_for(name, "model")
    monkeypatch.setattr(room, "_asked", lambda _: pytest.fail("asked again"))
    assert len(published_cards(name)) == len(wanted)
    assert transform_for(name, "model") == before
    assert before.resize_mode == "squash"


@pytest.mark.parametrize(
    "damage",
    [
        "{",
        "[]",
        '{"RN50": 1}',
        '{"RN50": {"mark": [0, 0], "cards": []}}',
        '{"RN50": {"mark": MARK, "cards": [{"mean": 1}]}}',
    ],
)
def test_a_memory_that_cannot_be_right_is_not_used(damage):
    wanted = published_cards("RN50")
    assert wanted
    file = cache_folder() / "published.json"
    mark = json.loads(file.read_text())["RN50"]["mark"]
    file.write_text(damage.replace("MARK", json.dumps(mark)))
    assert published_cards("RN50") == wanted


def test_a_remembered_transform_needs_no_torch():
    transform_for("ViT-B-32", "model")
    code = (
        "import sys; from rsrag.encoders.clip.clip_transform import transform_for; "
        "transform_for('ViT-B-32', 'model'); "
        "print([n for n in ('torch', 'open_clip') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
