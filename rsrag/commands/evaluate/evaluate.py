"""``rsrag eval``: figures of quality, by published protocols."""

from pathlib import Path

import typer

from rsrag.commands.evaluate.eval_change import change
from rsrag.commands.evaluate.eval_dialogue import dialogue, router
from rsrag.commands.evaluate.eval_ground import ground
from rsrag.commands.evaluate.eval_maps import localize, segment
from rsrag.commands.evaluate.eval_pictures import compare, retrieval, zeroshot
from rsrag.commands.evaluate.eval_published import published
from rsrag.commands.options.arguments import IndexSettings
from rsrag.commands.options.declarations import command
from rsrag.commands.terminal.telling import ReportFolder, finish
from rsrag.desk.asking.generator_choice import GeneratorChoice
from rsrag.desk.upkeep.build_choices import QaRun

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
app.command("localize")(localize)
app.command("segment")(segment)
app.command("ground")(ground)
app.command("change")(change)
app.command("dialogue")(dialogue)
app.command("router")(router)


@app.command()
@command
def caption(
    predictions: Path,
    *,
    references: Path | None = None,
    meteor: str = "auto",
    out: ReportFolder = None,
    json: bool = False,
) -> None:
    """BLEU, METEOR, ROUGE-L and CIDEr-D of captions, in COCO's style and RS-RAG's.

    Options:
        predictions PREDICTIONS: File of id, prediction and references: jsonl or json.
        references FILE: What is right, if it does not stand beside the predictions: a
            file of captions, or records with an id and an answer.
        meteor HOW: How METEOR takes synonyms: with (WordNet's, or an error), without
            (exact words and stems alone), auto (with, if WordNet's data is here) or
            none (no METEOR).
    """
    from rsrag.desk.evaluations.prediction_scores import score_predictions
    from rsrag.rendering.evaluations.score_pages import caption_page

    report = score_predictions("caption", predictions, references, meteor)
    finish(report, caption_page, out, json)


@app.command()
@command
def vqa(
    predictions: Path,
    *,
    references: Path | None = None,
    meteor: str = "auto",
    out: ReportFolder = None,
    json: bool = False,
) -> None:
    """Accuracy of answers by type of question, beside that of the commonest answer.

    Options:
        predictions PREDICTIONS: File of id, prediction and references: jsonl or json.
        references FILE: What is right, if it does not stand beside the predictions.
        meteor HOW: How METEOR takes synonyms: with, without, auto or none.
    """
    from rsrag.desk.evaluations.prediction_scores import score_predictions
    from rsrag.rendering.evaluations.score_pages import vqa_page

    report = score_predictions("vqa", predictions, references, meteor)
    finish(report, vqa_page, out, json)


app.command("compare")(compare)
app.command("published")(published)


@app.command()
@command
def qa(
    *,
    run: QaRun,
    with_llm: bool = False,
    model: GeneratorChoice,
    failures: Path | None = None,
    settings: IndexSettings,
    json: bool = False,
) -> None:
    """Answer questions whose answers are known, and score the answers.

    Options:
        knowledge DIR: Folder of collections, one of them, or files that `rsrag
            knowledge import` reads, such as RSWK's.
        questions FILE: Questions: JSONL of landmark, kind, field, question, answer.
        condition WORD: What answers are made with: retrieval; oracle (told the
            landmark); none (the language model by itself). May be given several times.
            [default: retrieval and oracle]
        exclude_self: Leave out the landmark that is asked about.
        unanswerable N: Number of questions without answer to add.
        limit N: Ask only this many questions, drawn at random.
        seed N: Seed of what is drawn.
        protocol WORD: named (the landmark's name put into RSWK's own questions), or
            strict (names, fields and months can be confused; new wordings; pictures
            alone; beside two baselines). --limit then counts by kind of question.
        wordings FILE: Further wordings for the strict protocol: JSON of field to list,
            {} for the name.
        pictures DIR: Pictures for the strict protocol, in folders named after
            landmarks; drawn ones otherwise.
        with_llm: Let the language model word the answers.
        failures FILE: Write the wrong answers to this file, as JSONL.
    """
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.commands.terminal.telling import show, tell
    from rsrag.desk.evaluations.qa_evaluation import run_qa, write_failures
    from rsrag.desk.evaluations.strict_protocol import run_strict
    from rsrag.rendering.evaluations.qa_report import qa_text, strict_text

    text = strict_text if run.protocol == "strict" else qa_text
    generator = None
    if with_llm or model.llm or model.llm_url:
        generator = model.load(settings, needed=with_llm)
    with StageBar(" questions") as bar:
        if run.protocol == "strict":
            report, wrong = run_strict(run, settings, generator, bar)
        else:
            report, wrong = run_qa(run, settings, generator, bar)
    if failures is not None:
        write_failures(failures, wrong)
        tell(f"wrote {failures}: {len(wrong)} answers")
    show(json, report, lambda: text(report))
