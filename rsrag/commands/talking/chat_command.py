"""``rsrag chat``: a conversation about imagery and places."""

import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.commands.options.arguments import PlaceSettings
from rsrag.commands.options.declarations import command
from rsrag.desk.asking.generator_choice import GeneratorChoice
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.dialogue.turns import Reply

_PICTURE = re.compile(r"(?<!\S)@(\S+)\s*")
_END = {"/quit", "/exit", "quit", "exit", "bye"}


@command
def chat(
    *,
    index: str | None = None,
    session: str | None = None,
    script: Path | None = None,
    image: list[Path] | None = None,
    model: GeneratorChoice,
    settings: PlaceSettings,
    json: bool = False,
) -> None:
    """Talk about imagery and places: each turn may point back to those before it.

    Type "find a desert", "the second", "what is near it?", "@picture.jpg", "and this
    one?", "now only in 2021", "back to the desert"; /quit ends. Each turn says what it
    was understood as; where two things fit, it asks back.

    Options:
        index NAME: Index of imagery to search. [default: the only one]
        session NAME: Keep the conversation under this name, and go on with it.
        script FILE: Take the turns from a file, one a line, or - for stdin; # begins a
            remark.
        image FILE: Picture to begin with. May be given several times.
        json: Print each turn as a line of JSON.
    """
    from rsrag.commands.terminal.telling import tell
    from rsrag.desk.asking.conversing import Conversation
    from rsrag.desk.asking.knowledge_base import Knowledge

    with (
        model.opened(settings) as generator,
        Knowledge(llm=generator, index=index, settings=settings) as opened,
        closing(Conversation(opened, index, session)) as conversation,
    ):
        for note in conversation.notes:
            tell(note)
        if image:
            _print(conversation.say("", [str(path) for path in image]), json, "")
        for line in _lines(script):
            pictures = _PICTURE.findall(line)
            reply = conversation.say(_PICTURE.sub("", line).strip(), pictures)
            _print(reply, json, "" if script is None and sys.stdin.isatty() else line)


def _lines(script: Path | None) -> Iterator[str]:
    """What is said, to the end of a file, of stdin, or to ``/quit``.

    Raises:
        QueryError: a file that cannot be read.
    """
    if script is not None and str(script) != "-":
        try:
            told: Any = iter(script.read_text("utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as exc:
            raise QueryError(f"--script {script} cannot be read: {exc}") from exc
    else:
        told = _typed()
    for line in told:
        said = line.strip()
        if said.lower() in _END:
            return
        if said and not said.startswith("# "):
            yield said


def _typed() -> Iterator[str]:
    while True:
        if sys.stdin.isatty():
            print("> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        yield line


def _print(reply: "Reply", as_json: bool, said: str) -> None:
    """A turn on stdout."""
    import dataclasses
    from json import dumps

    from rsrag.commands.terminal.telling import report
    from rsrag.rendering.answers.answer_pages import answer_mapping, answer_text
    from rsrag.rendering.text_table import printable

    turn = reply.turn
    if as_json:
        mapping = {
            "said": turn.said,
            "understood": turn.understood,
            "kind": turn.kind,
            "text": turn.told,
            "pictures": list(turn.pictures),
            "hits": [dataclasses.asdict(hit) for hit in reply.hits],
            "answer": reply.answer and answer_mapping(reply.answer),
        }
        print(dumps(mapping, ensure_ascii=False), flush=True)
        return
    lines = [f"> {said}"] if said else []
    lines += [f"understood as: {turn.understood}"] if turn.understood else []
    if reply.answer is not None:
        report(reply.answer)
    told = turn.told if reply.answer is None else answer_text(reply.answer)
    lines += told.rstrip("\n").split("\n")
    print("".join(f"{printable(line)}\n" for line in lines), flush=True)
