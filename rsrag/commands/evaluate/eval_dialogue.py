"""``rsrag eval router``: what instructions are taken for."""

from pathlib import Path

from rsrag.commands.options.arguments import KnowledgeSettings
from rsrag.commands.options.declarations import command


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
