"""docs/knowledge.md says what the code does."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from rsrag.knowledge.importers.detect import import_paths
from rsrag.knowledge.importers.import_options import FORMATS, ImportOptions
from rsrag.knowledge.record_schema import from_json, to_line
from rsrag.records import Fact, Landmark, Passage

PAGE = (Path(__file__).parents[2] / "docs" / "knowledge.md").read_text("utf-8")


def block(kind: str) -> str:
    return re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.mark.parametrize("kind", [Landmark, Fact, Passage])
def test_every_field_is_in_the_page(kind) -> None:
    section = PAGE.split(f"### {kind.__name__.lower()}s.jsonl")[1].split("\n#")[0]
    listed = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    names = [name for cell in listed for name in re.findall(r"`(\w+)`", cell)]
    assert names == [field.name for field in dataclasses.fields(kind)]


def test_the_lines_of_the_page_are_records() -> None:
    lines = block("jsonl").splitlines()
    for kind, line in zip((Landmark, Fact, Passage), lines, strict=True):
        assert to_line(from_json(kind, json.loads(line), "page")) == line


def test_the_card_of_the_page_is_imported(tmp_path) -> None:
    path = tmp_path / "peaks.json"
    path.write_text(block("json"), "utf-8")
    result = import_paths([path], ImportOptions(strict=True))
    assert [one.name for one in result.records.landmarks] == ["Mount Everest"]
    assert len(result.records.facts) == 2


def test_every_format_is_in_the_page() -> None:
    for form in FORMATS:
        assert re.search(rf"^### .*\b{form}\b", PAGE, re.MULTILINE), form
