"""pgstac in the database of the store: an export loads as it is, and joins by id."""

import json
import uuid

import psycopg
import pytest
from known_places import textured
from pypgstac.db import PgstacDB
from pypgstac.load import Loader, Methods
from pypgstac.migrate import Migrate

from rsrag.commands import main


@pytest.fixture
def database(postgres, monkeypatch):
    """A database with pgstac and the two extensions, which the environment names."""
    name = f"stac_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = postgres.url.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis; CREATE EXTENSION vector")
    monkeypatch.setenv("RSRAG_DATABASE_URL", url)
    with PgstacDB(dsn=url) as there:
        Migrate(there).run_migration()
    return url


@pytest.mark.filterwarnings("ignore")
def test_what_is_exported_joins_the_view_by_id(database, tmp_path, capfd):
    pictures, root = tmp_path / "pictures", str(tmp_path / "ix")
    pictures.mkdir()
    for number in range(3):
        path = pictures / f"{number}.png"
        textured((40 * number, 90, 40), number).save(path)
        path.with_suffix(".pgw").write_text(f"0.01\n0\n0\n-0.01\n{10 + number}\n50\n")
    facts = tmp_path / "facts.csv"
    lines = [f"{n}.png,2024-05-0{n + 1}T10:00:00Z,10" for n in range(3)]
    facts.write_text("\n".join(["name,datetime,gsd_m", *lines]))
    words = ["--store", "pgvector", "--metadata", str(facts), "--indexes", root]
    assert main(["index", "build", str(pictures), "--name", "eo", *words]) == 0
    out = tmp_path / "stac"
    export = ["index", "export", "eo", "--format", "stac", "--out", str(out)]
    assert main([*export, "--indexes", root]) == 0
    documents = [json.loads(path.read_text()) for path in out.rglob("*.json")]
    with PgstacDB(dsn=database) as there:
        loader = Loader(db=there)
        for kind, load in (
            ("Collection", loader.load_collections),
            ("Feature", loader.load_items),
        ):
            file = tmp_path / f"{kind}.ndjson"
            some = [one for one in documents if one.get("type") == kind]
            file.write_text("\n".join(map(json.dumps, some)))
            load(str(file), Methods.insert)
    with psycopg.connect(database, options="-csearch_path=pgstac,public") as connection:
        joined = connection.execute(
            "SELECT eo.gsd_m, items.datetime = eo.datetime,"
            " ST_Equals(items.geometry, eo.geometry)"
            " FROM rsrag.eo JOIN pgstac.items USING (id)"
        ).fetchall()
        found = connection.execute(
            """SELECT pgstac.search('{"bbox": [11.1, 48, 12.5, 51]}')"""
        ).fetchone()[0]
    assert joined == [(10.0, True, True)] * 3
    assert len(found["features"]) == 2
