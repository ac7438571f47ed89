"""The remote-sensing CLIPs that rsrag knows by name, and how each must be loaded.

A CLIP checkpoint does not say which activation it was trained with. The same
tensors fit the QuickGELU and the plain GELU variant of an architecture, and the
wrong one lowers recall without a word; so each card names the architecture in full,
with the reason.

Cards of open_clip's published weights, remembered between runs.

It says so in a module that cannot be imported without torch, and an encoder's
identity needs it before the first query. So what it said is kept in
``published.json`` in the cache, with size and time of that module's file: another
open_clip is asked again.
"""

from dataclasses import dataclass
from typing import Any, Literal

from rsrag.cache import JsonMemory
from rsrag.encoders.clip.architectures import package_folder

Transform = Literal["openai", "model"]

GEORSCLIP = "https://huggingface.co/Zilun/GeoRSCLIP"
REMOTECLIP = "https://huggingface.co/chendelong/RemoteCLIP"
SKYSCRIPT = "https://opendatasharing.s3.us-west-2.amazonaws.com/SkyScript/ckpt/"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Where a model's weights are and what they are.

    Attributes:
        id: name on the command line and in an index's manifest.
        dim: width of the embeddings.
        image_size: side of the picture that the model takes, pixels.
        repo: on the Hugging Face hub; ``None`` when ``url`` says where.
        file: path in the repository, or the member of the archive at ``url``.
        url: of a file or a zip archive that is not on the hub.
        revision: branch, tag or commit on the hub.
        transform: ``openai``: shorter side to ``image_size`` bicubic, centre crop,
            OpenAI's mean and standard deviation; ``model``: open_clip's own.
        sha256: of the file where it is known beforehand. ``None``: a download is
            checked against what the hub says, then pinned on this machine.
        size_bytes: of the file, where it is known beforehand.
        note: why this architecture, and what to know.
    """

    id: str
    architecture: str
    dim: int
    file: str
    licence: str
    source: str
    note: str
    image_size: int = 224
    repo: str | None = None
    url: str | None = None
    revision: str = "main"
    transform: Transform = "openai"
    sha256: str | None = None
    size_bytes: int | None = None

    @property
    def quick_gelu(self) -> bool:
        """Whether the activation is x * sigmoid(1.702 x), as OpenAI trained."""
        return self.architecture.endswith("-quickgelu")


def _georsclip(suffix: str, architecture: str, dim: int, note: str) -> ModelCard:
    return ModelCard(
        id=f"georsclip-{suffix.lower().replace('_', '-').replace('ret-2', 'ret2')}",
        architecture=architecture,
        dim=dim,
        repo="Zilun/GeoRSCLIP",
        file=f"ckpt/RS5M_{suffix}.pt",
        licence="not stated beyond 'cc' on the model card; RS5M data CC BY-NC 4.0",
        source=GEORSCLIP,
        note=note,
    )


def _remoteclip(backbone: str, dim: int) -> ModelCard:
    return ModelCard(
        id=f"remoteclip-{backbone.lower()}",
        architecture=f"{backbone}-quickgelu",
        dim=dim,
        repo="chendelong/RemoteCLIP",
        file=f"RemoteCLIP-{backbone}.pt",
        licence="Apache-2.0",
        source=REMOTECLIP,
        note="Fine-tuned from OpenAI's weights: its own retrieval script starts from "
        "pretrained='openai', which meant QuickGELU. The README's short example "
        "builds the plain GELU variant.",
    )


def _skyclip(archive: str, suffix: str, architecture: str, note: str) -> ModelCard:
    return ModelCard(
        id=f"skyclip-{suffix}",
        architecture=architecture,
        dim=512 if "B-32" in architecture else 768,
        url=f"{SKYSCRIPT}{archive}.zip",
        file=f"{archive}/epoch_20.pt",
        licence="not stated for the weights",
        source="https://github.com/wangzhecheng/SkyScript",
        note=note,
    )


_OPENAI = "Fine-tuned from OpenAI's weights, hence QuickGELU."

CARDS: dict[str, ModelCard] = {
    card.id: card
    for card in (
        _georsclip("ViT-B-32", "ViT-B-32-quickgelu", 512, _OPENAI),
        _georsclip(
            "ViT-B-32_RET-2",
            "ViT-B-32-quickgelu",
            512,
            f"{_OPENAI} Tuned further on the training splits of RSICD and RSITMD.",
        ),
        _georsclip("ViT-L-14", "ViT-L-14-quickgelu", 768, _OPENAI),
        _georsclip(
            "ViT-H-14",
            "ViT-H-14",
            1024,
            "Fine-tuned from LAION-2B weights (laion2b_s32b_b79k), hence plain GELU.",
        ),
        _remoteclip("RN50", 1024),
        _remoteclip("ViT-B-32", 512),
        _remoteclip("ViT-L-14", 768),
        _skyclip(
            "SkyCLIP_ViT_B32_top50pct",
            "vit-b-32",
            "ViT-B-32",
            "Trained on from LAION-2B weights (laion2b_e16), hence plain GELU; its own "
            "notebook evaluates it so.",
        ),
        _skyclip(
            "SkyCLIP_ViT_L14_top50pct",
            "vit-l-14",
            "ViT-L-14-quickgelu",
            "Trained on from OpenAI's weights; its own notebook forces QuickGELU.",
        ),
    )
}
"""Every card by id, in the order in which they are listed."""


_MEMORY = JsonMemory("published.json")

KEYS = ("mean", "std", "resize_mode", "interpolation")
"""What of a card is kept: how its pictures were prepared."""


def published_cards(architecture: str) -> list[dict[str, Any]]:
    """How pictures were prepared for each published weights of an architecture.

    Returns:
        A mapping from ``KEYS`` to what open_clip says, for each weights.

    Raises:
        MissingExtraError: open_clip is not installed.
    """
    status = (package_folder() / "pretrained.py").stat()
    mark = [status.st_size, status.st_mtime_ns]
    known = _MEMORY.read().get(architecture)
    if isinstance(known, dict) and known.get("mark") == mark and _is_whole(known):
        return list(known["cards"])
    cards = _asked(architecture)
    _MEMORY.try_put(architecture, {"mark": mark, "cards": cards})
    return cards


def _asked(architecture: str) -> list[dict[str, Any]]:
    from open_clip import pretrained

    cards = (
        pretrained.get_pretrained_cfg(architecture, tag)
        for tag in pretrained.list_pretrained_tags_by_model(architecture)
    )
    return [{key: card.get(key) for key in KEYS} for card in cards]


def _is_whole(known: dict[str, Any]) -> bool:
    cards = known.get("cards")
    return isinstance(cards, list) and all(
        isinstance(card, dict) and set(card) == set(KEYS) for card in cards
    )
