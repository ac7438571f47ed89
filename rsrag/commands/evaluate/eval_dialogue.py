"""``rsrag eval dialogue | router``: what turns and instructions are taken for."""

from pathlib import Path

from rsrag.commands.options.arguments import KnowledgeSettings, PlaceSettings
from rsrag.commands.options.declarations import command


@command
def dialogue(
    file: Path,
    *,
    index: str | None = None,
    settings: PlaceSettings,
    json: bool = False,
) -> None:
    """Whether turns of conversations are taken for what they should be.

    A line of the file is a conversation: {"turns": [{"said": "find a harbour"},
    {"said": "hit 2", "of": "hit 2"}]}. Of a turn may be expected: of (hit 2, a hit's
    file, picture 1, a place or a list of them), search (words, without, datetime,
    max_cloud, place, like), back and about (a part of what it is understood as), value,
    refused, and asks (it must ask back). What expects nothing is said and not scored.

    Options:
        file FILE: JSON lines; pictures are paths from its folder.
        index NAME: Index of imagery to search. [default: the only one]
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.asking.knowledge_base import Knowledge
    from rsrag.desk.evaluations.dialogue_evaluation import evaluate_dialogue

    with Knowledge(index=index, settings=settings) as opened:
        report = evaluate_dialogue(opened, file, index)
    by = ", ".join(
        f"{key} {one['right']} of {one['turns']}" for key, one in report["by"].items()
    )
    lines = [
        f"{report['turns']} turns of {report['dialogues']} conversations: right "
        f"{report['right']:.3f} ({by})\n{report['guessed']} of {report['ambiguous']} "
        f"guessed that had to ask back; {report['asked_needlessly']} asked back "
        "needlessly\n"
    ]
    for one in report["wrong"]:
        lines.append(
            f"  line {one['line']}: {one['said']}\n    expected {one['expected']}"
        )
        lines.append(f", understood {one['understood'] or one['told']!r}\n")
    show(json, report, "".join(lines))


@command
def router(
    file: Path, *, rules: bool = False, settings: KnowledgeSettings, json: bool = False
) -> None:
    """Which kind instructions are taken for, and which experts are asked.

    Options:
        file FILE: Lines "# KIND", each followed by instructions of that kind, one a
            line; "| relations" behind one that asks for how things lie.
        rules: By rules alone, without what an instruction is like.
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.evaluations.router_evaluation import evaluate_router

    report = evaluate_router(file, None if rules else settings.text_encoder)
    lines = [
        f"{report['instructions']} instructions: kinds {report['kinds']:.3f}, "
        f"experts {report['experts']:.3f} (always the commonest kind: "
        f"{report['floor']:.3f})\n"
    ]
    for one in report["wrong"]:
        lines.append(f"  {one['kind']} taken for {one['taken']}: {one['text']}\n")
    show(json, report, "".join(lines))
