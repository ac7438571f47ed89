"""``rsrag sessions``: conversations that ``rsrag chat --session`` kept."""

import dataclasses
from contextlib import closing

import typer

from rsrag.commands.options.arguments import PlaceSettings
from rsrag.commands.options.declarations import command
from rsrag.errors import QueryError

app = typer.Typer(
    help="Conversations that rsrag chat --session NAME kept.", no_args_is_help=True
)


@app.command("list")
@command
def list_sessions(*, settings: PlaceSettings, json: bool = False) -> None:
    """List the sessions, the one that was spoken in last first."""
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.asking.conversing import sessions_of

    with closing(sessions_of(settings.home)) as sessions:
        found = sessions.kept()
    text = "".join(f"{one.name}  {one.turns} turns  {one.spoken}\n" for one in found)
    show(json, [dataclasses.asdict(one) for one in found], text)


@app.command("export")
@command
def export_session(name: str, *, format: str = "md", settings: PlaceSettings) -> None:
    """Print a session as text or as data.

    Options:
        name NAME: Of the session.
        format NAME: md (Markdown), llava (a record of LLaVA), or messages (as chat
            servers take them).
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.asking.conversing import sessions_of
    from rsrag.dialogue.sessions import no_such_session
    from rsrag.dialogue.transcripts import FORMATS, transcript

    if format not in FORMATS:
        raise QueryError(
            f"--format is {format!r}.", hint=f"one of {', '.join(FORMATS)}"
        )
    with closing(sessions_of(settings.home)) as sessions:
        state = sessions.state(name)
    if state is None:
        raise no_such_session(name)
    show(False, None, transcript(name, state, format))


@app.command("forget")
@command
def forget_session(name: str, *, settings: PlaceSettings) -> None:
    """Remove a session.

    Options:
        name NAME: Of the session.
    """
    from rsrag.commands.terminal.telling import tell
    from rsrag.desk.asking.conversing import sessions_of

    with closing(sessions_of(settings.home)) as sessions:
        sessions.forget(name)
    tell(f"{name} is forgotten")
