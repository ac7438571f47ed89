"""A store whose footprints were damaged is told in words, wherever they are read."""

import pyarrow as pa
import pytest
import shapely

from rsrag.columns.outlines import geometry_mapping
from rsrag.errors import IndexCorruptError
from rsrag.filters import Filter, FilterColumns
from rsrag.retrieval.chip_hit import ChipHit

BOX = shapely.to_wkb(shapely.box(0, 0, 1, 1))
DAMAGED = [BOX[:-3], BOX[:20] + b"\xff" + BOX[21:], b"\x01\x07", b""]


@pytest.mark.parametrize("wkb", DAMAGED)
def test_a_hit(wkb) -> None:
    hit = ChipHit("a" * 32, 0.5, {"geometry": wkb})
    for read in (lambda: hit.footprint, lambda: geometry_mapping(wkb)):
        with pytest.raises(IndexCorruptError, match="no geometry") as told:
            read()
        assert "index verify" in told.value.hint


@pytest.mark.parametrize("wkb", DAMAGED)
def test_a_filter(wkb) -> None:
    kind = pa.struct(
        [(edge, pa.float64()) for edge in ("xmin", "ymin", "xmax", "ymax")]
    )
    boxes = [{"xmin": 0.0, "ymin": 0.0, "xmax": 1.0, "ymax": 1.0}] * 2
    table = pa.table(
        {"id": ["a", "b"], "geometry": [BOX, wkb], "bbox": pa.array(boxes, kind)}
    )
    area = Filter(area=shapely.Point(0.5, 0.5).buffer(0.1))
    with pytest.raises(IndexCorruptError, match="no geometry"):
        FilterColumns(table).rows(area)
