"""Fact sheets made by hand, for tests of the words of change."""

from rsrag.analysis.change.fact_sheet import (
    CELLS,
    UNKNOWN,
    Component,
    CoverCount,
    FactSheet,
    Registration,
)

SIDE = 300


def made_sheet(*parts, hidden=(), **given):
    """A sheet of pieces ``(cell, before, after, pixels)`` or with a box at the end."""
    ranked = sorted(parts, key=lambda part: -part[3])
    pieces = []
    for number, (cell, before, after, pixels, *box) in enumerate(ranked, 1):
        row, column = divmod(CELLS.index(cell), 3)
        x, y = column * 100 + 40, row * 100 + 40
        bbox = box[0] if box else (x, y, x + 10, y + 10)
        area = pixels * given["gsd_m"] ** 2 if "gsd_m" in given else None
        pieces.append(
            Component(number, cell, bbox, pixels, before, after, 0.4, 0.9, None, area)
        )
    covers = {c for p in pieces for c in (p.before, p.after)} - {UNKNOWN}
    counts = {
        cover: CoverCount(
            sum(p.after == cover != p.before for p in pieces),
            sum(p.before == cover != p.after for p in pieces),
        )
        for cover in covers
    }
    cells = {
        cell: None
        if cell in hidden
        else sum(p.pixels for p in pieces if p.cell == cell) / (SIDE / 3) ** 2
        for cell in CELLS
    }
    total = sum(p.pixels for p in pieces)
    compared = 1 - len(hidden) / 9
    return FactSheet(
        **{
            "changed": bool(pieces),
            "probability": 0.9 if pieces else 0.1,
            "share": total / (SIDE**2 * compared) if compared else 0.0,
            "components": tuple(pieces),
            "cells": cells,
            "counts": counts,
            "registration": Registration(0.0, 0.0, 9.0, False, 0.1),
            "radiometry": "as it is",
            "clouds": len(hidden) / 9,
            "compared": compared,
            "overlap": 1.0,
            "dates": ("2019-05-01", "2023-06-02"),
            "size_px": (SIDE, SIDE),
            "head": "made",
            "encoder": "made",
            "threshold": 0.5,
            "calibrated_on": "nothing",
            "area_m2": total * given["gsd_m"] ** 2 if "gsd_m" in given else None,
            **given,
        }
    )
