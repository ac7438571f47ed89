"""Clients that others wrote, unchanged, over a socket."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from pystac_client import Client

from rsrag.commands import app


def test_pystac_client(address):
    client = Client.open(address)
    assert [one.id for one in client.get_collections()] == ["dated", "world"]
    for method in ("GET", "POST"):
        search = client.search(collections=["world"], limit=3, method=method)
        found = list(search.items())
        assert len({one.id for one in found}) == len(found) == search.matched() == 10
    newest = client.search(collections=["dated"], sortby="-properties.datetime")
    times = [one.datetime for one in newest.items()]
    assert times == sorted(times, reverse=True)
    few = client.search(collections=["dated"], datetime="2021", bbox=[0, 0, 15, 15])
    assert len(list(few.items())) == 2


def test_pystac_client_ranks_by_what_pictures_show(address):
    client = Client.open(address, parameters={"q": "white snow"})
    for method in ("GET", "POST"):
        search = client.search(collections=["dated"], limit=2, method=method)
        found = list(search.items())
        scores = [one.properties["rsrag:score"] for one in found]
        assert len(found) == 9 and scores == sorted(scores, reverse=True)
        sources = [one.properties["rsrag:source"] for one in found[:3]]
        assert all("snow" in source for source in sources)
        for one in found:
            one.stac_extensions = []  # their schemas are on the web
            assert one.validate()


def test_gdal(address):
    import pyogrio

    if "OAPIF" not in pyogrio.list_drivers():
        pytest.fail("this GDAL reads no OGC API Features")
    at = f"OAPIF:{address}"
    assert pyogrio.read_info(at, layer="world")["features"] == 10
    frame = pyogrio.read_dataframe(at, layer="dated")
    assert len(frame) == 9 and set(frame["platform"]) == {"S2A", "S2B"}
    assert len(pyogrio.read_dataframe(at, layer="dated", bbox=(0, 0, 5, 25))) == 3


def test_stac_api_validator(address):
    from bench.serving.stac_conformance import validate

    errors, warnings = validate(address, "dated")
    assert errors == [] and warnings == []


def test_openai(address):
    import openai

    client = openai.OpenAI(base_url=f"{address}/v1", api_key="none")
    assert "rsrag" in [one.id for one in client.models.list()]
    turns = [{"role": "user", "content": "How deep is Lake Baikal?"}]
    answer = client.chat.completions.create(model="rsrag", messages=turns)
    text = answer.choices[0].message.content
    assert "1,642 m" in text
    assert answer.model_extra["rsrag"]["grounded"]
    chunks = client.chat.completions.create(model="rsrag", messages=turns, stream=True)
    said = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert "".join(said) == text
    _chat_with(client)
    rows = client.embeddings.create(model="rsrag/world", input=["snow", "sea"])
    assert len(rows.data) == 2 and len(rows.data[0].embedding) > 100
    with pytest.raises(openai.BadRequestError, match="There are no messages"):
        client.post("/chat/completions", body={}, cast_to=object)
    with pytest.raises(openai.NotFoundError, match="no model"):
        client.chat.completions.create(model="gpt-9", messages=turns)


def _chat_with(client):
    """A search, a hit by its number, that hit sent as a picture, and one like it."""
    turns = []

    def say(content):
        turns.append({"role": "user", "content": content})
        told = client.chat.completions.create(model="rsrag/world", messages=turns)
        turns.append({"role": "assistant", "content": told.choices[0].message.content})
        return told.model_extra["rsrag"]["turn"]

    hits = say("find snow and ice")["hits"]
    assert turns[-1]["content"].startswith(f"1. {hits[0]['name']}")
    assert say("the second")["understood"] == f"hit 2, {hits[1]['name']}"
    picture = {"type": "image_url", "image_url": {"url": hits[1]["image"]}}
    shown = say([{"type": "text", "text": "what is this?"}, picture])
    assert shown["pictures"] == ["picture 1"]
    assert say("more like picture 1")["hits"][0]["id"] == hits[1]["id"]
    assert hits[1]["id"] not in {one["id"] for one in say("more like hit 1")["hits"]}


def snippets(page, kind):
    text = (Path(__file__).parents[2] / page).read_text()
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", ["README.md", "docs/serving.md"])
def test_the_snippets_of_the_pages_run(address, page, capsys):
    shown = [one for one in snippets(page, "python") if "127.0.0.1:8000" in one]
    assert len(shown) == 2
    for code in shown:
        exec(code.replace("http://127.0.0.1:8000", address), {})
    said = capsys.readouterr().out
    assert "1,642 m" in said and f"{address}/collections/" in said
    (words,) = [one for one in snippets(page, "json") if "mcpServers" in one]
    command = json.loads(words)["mcpServers"]["rsrag"]
    program = typer.main.get_command(app).commands[command["args"][0]]
    assert command["command"] == "rsrag" and program.name == "mcp"


async def _tools(client):
    names = {tool.name for tool in (await client.list_tools()).tools}
    assert names == {
        *("search_imagery", "similar_imagery", "ask_places"),
        *("describe_chip", "list_collections", "find_in_chip", "cover_of_chip"),
        *("ground_in_chip", "change_between_chips"),
    }
    found = await client.call_tool(
        "search_imagery", {"query": "white snow", "collection": "world", "limit": 2}
    )
    chips = found.structured_content["chips"]
    assert len(chips) == 2 and "snow" in chips[0]["properties"]["rsrag:source"]
    place = {"collection": "world", "id": chips[0]["id"]}
    like = await client.call_tool("similar_imagery", {**place, "limit": 1})
    assert like.structured_content["chips"][0]["id"] == chips[0]["id"]
    told = await client.call_tool(
        "ask_places", {"question": "How deep is Lake Baikal?"}
    )
    assert told.structured_content["value"] == "1,642 m"
    seen = await client.call_tool("describe_chip", place)
    assert seen.content[0].type == "image" and seen.content[1].text
    covers = await client.call_tool("cover_of_chip", place)
    shares = {
        row["class"]: row["share"] for row in covers.structured_content["classes"]
    }
    assert max(shares, key=shares.get) == "snow"
    pair = {"before": chips[0]["id"], "after": chips[1]["id"]}
    turned = await client.call_tool(
        "change_between_chips", {**pair, "collection": "world"}
    )
    assert turned.is_error and "no ground" in turned.content[0].text
    listed = await client.call_tool("list_collections", {})
    assert len(listed.structured_content["collections"]) == 2
    wrong = await client.call_tool("search_imagery", {"query": "a", "collection": "no"})
    assert wrong.is_error and "no collection" in wrong.content[0].text
    one = await client.read_resource(f"rsrag://world/{chips[0]['id']}")
    assert chips[0]["id"] in one.contents[0].text


def test_mcp_over_http(address):
    import asyncio

    from mcp import Client as McpClient

    async def talk():
        async with McpClient(f"{address}/mcp") as client:
            await _tools(client)

    asyncio.run(talk())


def test_mcp_over_stdio(root):
    import asyncio

    from mcp import Client as McpClient
    from mcp.client.stdio import StdioServerParameters, stdio_client

    folders = ["--indexes", root / "indexes", "--knowledge", root / "knowledge"]
    words = ["-m", "rsrag", "mcp", *map(str, folders)]

    async def talk():
        program = StdioServerParameters(command=sys.executable, args=words)
        async with McpClient(stdio_client(program)) as client:
            await _tools(client)

    asyncio.run(talk())


@pytest.mark.slow
def test_the_inspector_lists_and_calls(address):
    """The Inspector of MCP (npm), by its command line."""
    program = (
        Path(sys.executable).parents[1] / "inspector/node_modules/.bin/mcp-inspector"
    )
    if not program.exists():
        none = "there is no MCP Inspector here: scripts/inspector"
        fails = os.environ.get("CI") and shutil.which("npm")
        pytest.fail(none) if fails else pytest.skip(none)

    def said(*words):
        command = [program, "--cli", f"{address}/mcp", "--transport", "http"]
        done = subprocess.run(
            [*command, "--method", *words], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    listed = {tool["name"] for tool in said("tools/list")["tools"]}
    assert {"search_imagery", "ask_places", "cover_of_chip"} <= listed
    question = "question=How deep is Lake Baikal?"
    called = said("tools/call", "--tool-name", "ask_places", "--tool-arg", question)
    assert called["structuredContent"]["value"] == "1,642 m"
