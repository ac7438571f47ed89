"""An index with its vectors in PostgreSQL, from build to rebuild."""

import json

import psycopg
import pytest
from known_places import textured

from rsrag.commands import main


@pytest.fixture
def run(tmp_path, postgres, monkeypatch, capfd):
    """A command over an index ``pg_end`` of this test's own; gives stdout."""
    monkeypatch.setenv("RSRAG_DATABASE_URL", postgres.url)

    def call(*words):
        capfd.readouterr()
        assert main([*words, "--indexes", str(tmp_path / "ix")]) == 0
        return capfd.readouterr().out

    return call


def tables(postgres):
    """Tables of the index, in order."""
    with psycopg.connect(postgres.url) as connection:
        found = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'rsrag' "
            "AND tablename LIKE 'pg_end%' ORDER BY 1"
        )
        return [name for (name,) in found]


def test_from_build_to_rebuild(run, tmp_path, postgres, ogrinfo):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(5):
        textured((40 * number, 90, 40), number).save(pictures / f"{number}.png")
    words = ["--name", "pg_end", "--store", "pgvector"]
    assert "pgvector" in run("index", "build", str(pictures), *words)

    def found():
        hits = json.loads(run("search", "a forest", "--index", "pg_end", "--json"))
        return {hit["id"]: round(hit["score"], 5) for hit in hits}

    first = found()
    assert len(first) == 5 and len(tables(postgres)) == 1
    textured((7, 7, 90), 9).save(pictures / "9.png")
    run("index", "update", "pg_end")
    assert len(found()) == 6
    run("index", "rebuild", "pg_end", "--store", "faiss")
    by_faiss = found()
    run("index", "rebuild", "pg_end", "--store", "pgvector")
    assert found() == by_faiss
    assert first.items() <= by_faiss.items()
    assert "100.0%" in run("index", "verify", "pg_end")
    run("index", "prune", "pg_end")
    assert len(tables(postgres)) == 1
    told = ogrinfo("-so", f"PG:{postgres.url}", "rsrag.pg_end")
    assert "Feature Count: 6" in told and "Geometry Column = geometry" in told
    assert "FID Column" not in told and "_embedding" not in told
    assert "datetime: DateTime" in told and "gsd_m: Real" in told
