"""Which head judges a pair: what comes with an encoder, or distances in its blocks."""

from typing import Literal, cast

from rsrag.analysis.change.distance_head import DistanceHead
from rsrag.analysis.change.pair_port import ChangeHead
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


def head_for(encoder: TapEncoder, choice: str = "auto") -> ChangeHead:
    """The head that judges.

    Args:
        choice: ``learned``, ``distance``, or ``auto``: the learned one where the
            encoder has one.

    Raises:
        ChangeError: no such head.
    """
    from rsrag.encoders.mini.mini_taps import TAPS

    learned: ChangeHead | None = getattr(encoder, "change_head", None)
    if choice == "learned" and learned is None:
        raise ChangeError(
            f"The encoder {encoder.identity.id} has no learned head for change.",
            hint="--head distance",
        )
    if choice not in ("auto", "learned", "distance"):
        raise ChangeError(f"--head is {choice!r}.", hint="auto, learned or distance")
    if learned is not None and choice != "distance":
        return learned
    return DistanceHead({name: TAPS[name] for name in COMPARED}, TAPS["colours"])
