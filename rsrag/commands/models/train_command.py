"""``rsrag train``: fit an encoder to one's own pictures."""

from pathlib import Path
from typing import Any

from rsrag.commands.options.arguments import ThreadSettings
from rsrag.commands.options.declarations import as_typed, command


@command
def train(
    encoder: str | None = None,
    *,
    images: list[Path],
    captions: Path | None = None,
    split: str | None = None,
    labels: Path | None = None,
    out: Path,
    epochs: int = 30,
    patience: int = 5,
    batch_size: int = 64,
    learning_rate: float | None = None,
    rank: int = 8,
    held_out: float = 0.2,
    seed: int = 0,
    checkpoint: Path | None = None,
    settings: ThreadSettings,
    json: bool = False,
) -> None:
    """Fit an encoder to your own pictures: a small file that `--encoder FILE` takes.

    Low-rank changes of the encoder's weights are learnt from pictures and captions, or
    from pictures and classes; the encoder itself stays as it is. Some pictures are held
    aside, and the best epoch on them is kept. Run it again to take up a stopped
    training. Needs the extra clip.

    Options:
        encoder [NAME]: mini, a CLIP of `rsrag models list`, or open_clip:ARCHITECTURE.
            [default: $RSRAG_ENCODER or mini]
        images SOURCE: Folder or archive of pictures. May be given several times.
        captions FILE: Captions: Karpathy json, csv of filename,title, or jsonl of file,
            captions.
        split NAME: Split of that file to learn from; all takes every picture. [default:
            train, where the file has splits]
        labels FILE: Classes by file name: jsonl of file, label, or csv of
            filename,label. Without --captions and --labels, folders are the classes.
        out FILE: Adapter to write; its name ends with .safetensors.
        epochs N: Passes over the pictures, at most.
        patience N: Stop after so many epochs in which nothing was gained on the
            pictures held aside.
        batch_size N: Pictures a step: the more, the more there is to tell apart.
        learning_rate RATE: Of AdamW at its peak. [default: 0.003 for mini, 0.0005 for a
            CLIP]
        rank N: Rank of the changes: the larger, the more can change.
        held_out SHARE: Share of the pictures that is held aside, 0.05 to 0.5.
        seed N: Seed of everything that is drawn.
    """
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.commands.terminal.telling import going_on, show, stop_softly
    from rsrag.desk.upkeep.learning.adapting import train_adapter
    from rsrag.desk.upkeep.learning.lesson import Lesson
    from rsrag.factory import EncoderChoice

    with as_typed("held_out", "learning_rate"):
        lesson = Lesson(
            images=images,
            out=out,
            captions=captions,
            split=split,
            labels=labels,
            epochs=epochs,
            patience=patience,
            batch_size=batch_size,
            learning_rate=learning_rate,
            rank=rank,
            held_out=held_out,
            seed=seed,
        )
    choice = EncoderChoice(encoder or settings.encoder, checkpoint, None, "fp32")
    with stop_softly() as stop, going_on(out.name), StageBar() as bar:
        found = train_adapter(settings, choice, lesson, bar, stop)
    show(json, found, _text(found))


def _text(found: dict[str, Any]) -> str:
    rows = [f"{found['file']}\n{found['pictures']:,} pictures, "]
    rows.append(f"{found['texts']:,} texts; on those held aside ")
    what = "right classes" if found["measure"] == "accuracy" else "mR"
    rows.append(f"{what} {found['before']:.2f} before, {found['after']:.2f} after ")
    rows.append(f"epoch {found['best_epoch']} of {len(found['epochs']) - 1}; ")
    rows.append(f"{found['size_bytes'] / 1e6:.2f} MB\n")
    left = {name: n for name, n in found["left_out"].items() if n}
    for name, what in left.items():
        count = what if isinstance(what, int) else len(what)
        rows.append(f"left out: {count:,} {name.replace('_', ' ')}\n")
    rows.append(f"rsrag index build SOURCE --name NAME --encoder {found['file']}\n")
    return "".join(rows)
