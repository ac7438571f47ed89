"""Fact sheets survive the way to JSON and back, and damage is told."""

import dataclasses
import json

import pytest

from rsrag.analysis.change.fact_sheet import (
    CELLS,
    Component,
    CoverCount,
    FactSheet,
    Registration,
    read_sheet,
    sheet_json,
)
from rsrag.errors import ChangeError

SHEET = FactSheet(
    changed=True,
    probability=0.97,
    share=0.04,
    components=(
        Component(1, "top", (90, 4, 130, 40), 900, "field", "building", 0.4, 0.8),
    ),
    cells=dict.fromkeys(CELLS, 0.0) | {"top": 0.3, "left": None},
    counts={"building": CoverCount(1, 0), "field": CoverCount(0, 1)},
    registration=Registration(1.5, -0.25, 22.0, True, 0.1),
    radiometry="line of the invariant pixels, 61 %",
    clouds=0.1,
    compared=0.9,
    overlap=1.0,
    dates=("2019-06-01T00:00:00+00:00", None),
    size_px=(256, 256),
    head="mini-change",
    encoder="mini",
    threshold=0.5,
    calibrated_on="made pairs",
    notes=("a tenth lies under cloud",),
)


def test_there_and_back() -> None:
    text = json.dumps(sheet_json(SHEET))
    assert read_sheet(text, "sheet.json") == SHEET


def test_covers_are_from_and_to() -> None:
    (one,) = sheet_json(SHEET)["components"]
    assert (one["from"], one["to"]) == ("field", "building")
    assert "before" not in one


@pytest.mark.parametrize("key", [field.name for field in dataclasses.fields(FactSheet)])
def test_every_field_is_needed_and_typed(key: str) -> None:
    made = sheet_json(SHEET)
    made[key] = {"no": "such"} if key not in {"cells", "counts"} else 3
    with pytest.raises(ChangeError, match="is not a fact sheet"):
        read_sheet(json.dumps(made), "sheet.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"components": [1]}', "nan"])
def test_what_is_none_is_told(text: str) -> None:
    with pytest.raises(ChangeError, match=r"sheet\.json"):
        read_sheet(text, "sheet.json")
