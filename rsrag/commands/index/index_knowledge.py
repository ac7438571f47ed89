"""``rsrag index build-knowledge``."""

import os
from pathlib import Path
from typing import Annotated

from rsrag.commands.options.declarations import From, command
from rsrag.config import Settings
from rsrag.desk.chosen_settings import settings_with


@command
def build_knowledge(
    *,
    name: str = "knowledge",
    collection: list[str] | None = None,
    text_encoder: str = "minilm",
    encoder: str | None = None,
    checkpoint: Path | None = None,
    store: str = "faiss",
    ann: str = "auto",
    settings: Annotated[Settings, From(settings_with)],
    json: bool = False,
) -> None:
    """Build the vectors of knowledge. Run it again after an import, or when stopped.

    Options:
        collection NAME: Only this collection. May be given several times.
        text_encoder NAME: Encoder of texts: minilm, or a folder or hub id of a
            sentence-transformers model.
        encoder NAME: Image-text encoder, as of `rsrag index build`; none leaves its
            vectors out. [default: $RSRAG_ENCODER or mini]
    """
    # Words only are embedded, in products so small that a second thread of BLAS doubles
    # the time. It is read when NumPy is imported, so it must stand here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.commands.terminal.showing import show
    from rsrag.commands.terminal.stopping import going_on
    from rsrag.commands.terminal.telling import tell_text
    from rsrag.desk.upkeep.building import build_knowledge as build
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.reports.build_reports import build_report_text

    choice = EncoderChoice(encoder or settings.encoder, checkpoint)
    with going_on(name), StageBar(" records") as bar:
        report = build(
            settings, name, collection or (), text_encoder, choice, store, ann, bar
        )
    tell_text(build_report_text(report))
    if json:
        show(True, report.to_json, "")
