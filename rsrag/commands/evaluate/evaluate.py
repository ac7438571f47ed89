"""``rsrag eval``: figures of quality, by published protocols."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from rsrag.commands.evaluate.eval_compare import compare
from rsrag.commands.evaluate.eval_predictions import caption, vqa
from rsrag.commands.evaluate.eval_retrieval import retrieval
from rsrag.commands.evaluate.eval_zeroshot import zeroshot
from rsrag.commands.options.arguments import IndexesOption, JsonOption, settings_with
from rsrag.commands.options.language_model import (
    ContextOption,
    LlmModelOption,
    LlmOption,
    LlmUrlOption,
)

app = typer.Typer(
    help="Measure quality by published protocols.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def root() -> None:
    """Measure quality by published protocols."""


app.command("retrieval")(retrieval)
app.command("zeroshot")(zeroshot)
app.command("caption")(caption)
app.command("vqa")(vqa)
app.command("compare")(compare)


@app.command()
def qa(
    knowledge: Annotated[
        Path,
        typer.Option(
            "--knowledge",
            metavar="DIR",
            help="Folder of collections, one of them, or files that "
            "`rsrag knowledge import` reads, such as RSWK's.",
        ),
    ],
    questions: Annotated[
        Path,
        typer.Option(
            "--questions",
            metavar="FILE",
            help="JSONL of landmark, kind, field, question, answer.",
        ),
    ],
    condition: Annotated[
        list[str] | None,
        typer.Option(
            "--condition",
            help="retrieval; oracle: told the landmark; none: the language model by "
            "itself. May be given several times. [default: retrieval and oracle]",
        ),
    ] = None,
    exclude_self: Annotated[
        bool,
        typer.Option(
            "--exclude-self", help="Leave out the landmark that is asked about."
        ),
    ] = False,
    unanswerable: Annotated[
        int,
        typer.Option("--unanswerable", min=0, help="Questions without answer to add."),
    ] = 500,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="So many questions, drawn at random."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of what is drawn.")] = 0,
    with_llm: Annotated[
        bool,
        typer.Option("--with-llm", help="Let the language model word the answers."),
    ] = False,
    llm: LlmOption = None,
    llm_url: LlmUrlOption = None,
    llm_model: LlmModelOption = None,
    context: ContextOption = None,
    failures: Annotated[
        Path | None,
        typer.Option("--failures", metavar="FILE", help="Write what went wrong."),
    ] = None,
    as_json: JsonOption = False,
    indexes: IndexesOption = None,
) -> None:
    """Answer questions whose answers are known, and score the answers."""
    from rsrag.commands.options.language_model import generator_of
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.commands.terminal.telling import tell
    from rsrag.desk.evaluating import QaRun, run_qa, write_failures
    from rsrag.rendering.evaluations.qa_report import qa_text

    settings = settings_with(indexes)
    generator = generator_of(
        settings,
        no_llm=not (with_llm or llm or llm_url),
        llm=llm,
        llm_url=llm_url,
        llm_model=llm_model,
        mmproj=None,
        handler=None,
        context=context,
        needed=with_llm,
    )
    run = QaRun(
        knowledge=knowledge,
        questions=questions,
        conditions=tuple(condition or ("retrieval", "oracle")),
        exclude_self=exclude_self,
        unanswerable=unanswerable,
        limit=limit,
        seed=seed,
    )
    with StageBar(" questions") as bar:
        report, wrong = run_qa(run, settings, generator, bar)
    if failures is not None:
        write_failures(failures, wrong)
        tell(f"wrote {failures}: {len(wrong)} answers")
    if as_json:
        print(json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        sys.stdout.write(qa_text(report))
