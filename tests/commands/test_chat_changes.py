"""``rsrag chat`` compares two hits of one place, and answers over the change."""

import io
import json

from rsrag.commands import main
from tests.commands.made_years import DATES


def test_hits_are_compared_and_asked_about(
    years, knowledge, tmp_path, monkeypatch, capfd
) -> None:
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "home"))
    first, later = (years / "scenes" / f"place_{DATES[n]}.tif" for n in (0, 2))
    lines = [
        "find houses",
        f"what changed between {first} and {later}?",
        "how many changes are there?",
        "What changed between hit 1 and hit 1?",
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
    where = ["--index", "years", "--indexes", str(years / "ix")]
    words = ["chat", "--knowledge", str(knowledge), "--json", "--script", "-", *where]
    assert main(words) == 0
    found, change, count, twice = map(json.loads, capfd.readouterr().out.splitlines())
    assert found["kind"] == "search"
    assert change["kind"] == "change" and "of the ground changed" in change["text"]
    pieces = int(change["text"].partition(", in ")[2].split()[0])
    assert pieces >= 1 and count["kind"] == "change" and "." in count["text"]
    assert twice["kind"] == "asks back"
