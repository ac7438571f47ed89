"""``rsrag keys``: who may ask the service."""

from pathlib import Path

import typer

from rsrag.commands.options.declarations import command

app = typer.Typer(help="Keys of those who may ask rsrag serve.", no_args_is_help=True)


@app.command("add")
@command
def add(
    name: str,
    *,
    file: Path,
    scope: str = "search,ask,pictures",
    expires: str | None = None,
) -> None:
    """Make a key, print it once, and keep its sha256.

    Options:
        name NAME: Whose it is.
        file FILE: Of the keys; made if it is not there.
        scope A,B: What it is good for: search, ask, pictures, metrics.
        expires DAYS: When it ends: 90d. [default: never]
    """
    from rsrag.serve.guard.api_keys import add_key

    key, text = add_key(file, name, [s.strip() for s in scope.split(",")], expires)
    print(text)
    until = f" until {key.expires}" if key.expires else ""
    typer.echo(f"{key.id} for {name}: {', '.join(key.scopes)}{until}", err=True)


@app.command("list")
@command
def list_(*, file: Path, json: bool = False) -> None:
    """List the keys of a file, without their secrets.

    Options:
        file FILE: Of the keys.
    """
    from dataclasses import asdict

    from rsrag.commands.terminal.telling import show
    from rsrag.serve.guard.api_keys import read_keys

    rows = [
        {name: value for name, value in asdict(key).items() if name != "sha256"}
        | {"expired": key.expired}
        for key in read_keys(file)
    ]
    lines = (
        f"{r['id']}  {r['name']}  {','.join(r['scopes'])}  "
        f"{'expired ' if r['expired'] else ''}{r['expires'] or 'never expires'}\n"
        for r in rows
    )
    show(json, rows, "".join(lines))


@app.command("revoke")
@command
def revoke(id: str, *, file: Path) -> None:
    """Take a key back; running services refuse it within seconds.

    Options:
        id ID: Of the key, as rsrag keys list prints it.
        file FILE: Of the keys.
    """
    from rsrag.serve.guard.api_keys import revoke_key

    key = revoke_key(file, id)
    typer.echo(f"revoked {key.id} of {key.name}", err=True)
