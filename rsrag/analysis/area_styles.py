"""How areas look where they are opened: in QGIS, and where GeoJSON has simplestyle."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

Colour = tuple[int, int, int]

_STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
  description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))
"""
_HEAD = '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">\n'
_OTHER = (120, 120, 120)
_OPACITY = 0.45


@dataclass(frozen=True, slots=True)
class AreaStyle:
    """A colour for each value of a column; what has none is grey.

    Attributes:
        column: that tells areas apart.
        colours: of its values, red, green, blue.
    """

    column: str
    colours: Mapping[str, Colour]

    def simplestyle(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Properties of a GeoJSON feature that say how it is drawn."""
        colour = "#{:02x}{:02x}{:02x}".format(*self._of(str(row[self.column])))
        return {
            "stroke": colour,
            "stroke-width": 2,
            "stroke-opacity": 1,
            "fill": colour,
            "fill-opacity": _OPACITY,
        }

    def qml(self, values: list[str]) -> str:
        """QGIS's own XML: a category for each value."""
        categories, symbols = [], []
        for number, value in enumerate(dict.fromkeys(values)):
            shade = ",".join(map(str, self._of(value)))
            categories.append(
                f"<category value={quoteattr(value)} label={quoteattr(value)} "
                f'symbol="{number}" render="true"/>'
            )
            symbols.append(fill_symbol(number, shade, round(255 * _OPACITY)))
        return (
            f'{_HEAD}<qgis version="3.28" styleCategories="Symbology">'
            f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(self.column)} '
            'symbollevels="0" enableorderby="0" forceraster="0">'
            f"<categories>{''.join(categories)}</categories>"
            f"<symbols>{''.join(symbols)}</symbols></renderer-v2></qgis>\n"
        )

    def _of(self, value: str) -> Colour:
        return self.colours.get(value, _OTHER)


def fill_symbol(name: int, shade: str, alpha: int) -> str:
    """A filled area of QGIS with a rim of the same colour.

    Args:
        shade: red, green and blue, with commas between.
        alpha: of the fill, 0 to 255.
    """
    options = {
        "color": f"{shade},{alpha}",
        "outline_color": f"{shade},255",
        "outline_width": "0.6",
        "style": "solid",
    }
    told = "".join(
        f'<Option name="{key}" type="QString" value="{value}"/>'
        for key, value in options.items()
    )
    return (
        f'<symbol type="fill" name="{name}" alpha="1"><layer class="SimpleFill" '
        f'enabled="1" locked="0" pass="0"><Option type="Map">{told}</Option>'
        "</layer></symbol>"
    )


def add_style(database: sqlite3.Connection, layer: str, name: str, qml: str) -> None:
    """Lay a style beside a layer of a GeoPackage, which QGIS opens it with."""
    database.execute(_STYLES)
    database.execute(
        "INSERT INTO layer_styles (f_table_name, f_geometry_column, styleName, "
        "styleQML, useAsDefault, description) VALUES (?, 'geom', ?, ?, 1, '')",
        (layer, name, qml),
    )
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles')"
    )
