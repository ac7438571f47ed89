"""Which head judges a pair: what comes with an encoder, or distances in its blocks."""

from typing import Literal, cast

from rsrag.analysis.change.distance_head import DistanceHead
from rsrag.analysis.change.pair_port import ChangeHead
from rsrag.encoders.change_head import ChangeWeights
from rsrag.encoders.cover_head import CoverHead
from rsrag.encoders.dense_port import TapEncoder
from rsrag.errors import ChangeError
from rsrag.interfaces import Encoder

HeadChoice = Literal["auto", "learned", "distance"]
COMPARED = ("block2", "block4", "block10")


def tap_encoder(encoder: Encoder) -> TapEncoder:
    """An encoder that pictures can be compared with, cell by cell.

    Raises:
        ChangeError: it gives no taps.
    """
    if not hasattr(encoder, "encode_taps"):
        raise ChangeError(
            f"The encoder {encoder.identity.id} says nothing of single cells, so it "
            "cannot tell where two pictures differ.",
            hint="--encoder mini",
        )
    return cast("TapEncoder", encoder)


def naming_head(encoder: TapEncoder) -> CoverHead | None:
    """What tells the ground before and after a change; ``None``: the encoder cannot.

    A piece of a town is told as building, though most of its cells are none.
    """
    built: CoverHead | None = getattr(encoder, "built_head", None)
    return built or getattr(encoder, "cover_head", None)


def head_for(encoder: TapEncoder, choice: str = "auto") -> ChangeHead:
    """The head that judges.

    Args:
        choice: ``learned``, which comes with an encoder; ``distance``; or ``auto``, the
            learned one where there is one: it is better on sources it never saw.

    Raises:
        ChangeError: no such head.
    """
    from rsrag.analysis.change.learned.learned_head import LearnedHead
    from rsrag.encoders.mini.mini_taps import TAPS

    weights: ChangeWeights | None = getattr(encoder, "change_head", None)
    if choice == "learned" and weights is None:
        raise ChangeError(
            f"The encoder {encoder.identity.id} has no learned head for change.",
            hint="--head distance",
        )
    if choice not in ("auto", "learned", "distance"):
        raise ChangeError(f"--head is {choice!r}.", hint="auto, learned or distance")
    if weights is not None and choice != "distance":
        return LearnedHead(weights)
    return DistanceHead({name: TAPS[name] for name in COMPARED}, TAPS["colours"])
