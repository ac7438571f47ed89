"""Tables as Europe's offices write them: words of their languages, their numbers."""

import pytest

from rsrag.knowledge.importers.card_tables import read_csv
from rsrag.knowledge.importers.import_options import ImportOptions
from rsrag.knowledge.importers.record_text import column_variable, variable_name
from rsrag.knowledge.variables import source_variables, variables
from rsrag.tables import open_table

HEADERS = {
    "German": "Bezeichnung;Breitengrad;Längengrad;Höhe (m);Länge_m;Fläche;Baujahr;"
    "Einwohner;Betreiber",
    "German without umlauts": "Bezeichnung;Breitengrad;Laengengrad;Hoehe (m);Laenge_m;"
    "Flaeche;Baujahr;Einwohner;Betreiber",
    "French": "Nom;Latitude;Longitude;Hauteur (m);Longueur_m;Superficie;"
    "Année de construction;Habitants;Exploitant",
    "Spanish": "Nombre;Latitud;Longitud;Altura (m);Largo_m;Superficie;"
    "Año de construcción;Población;Operador",
    "Italian": "Nome;Latitudine;Longitudine;Altezza (m);Lunghezza_m;Superficie;"
    "Anno di costruzione;Popolazione;Gestore",
}
ROW = "Torre;45,5;9,25;88,5;1.200;2,5 km²;1987;12.000;ENEL"


def facts_of(text, **options):
    records, skipped = read_csv(
        text, "t.csv", ImportOptions(source="s", licence="x", **options)
    )
    assert skipped == []
    return records, {one.variable: (one.number, one.unit) for one in records.facts}


@pytest.mark.parametrize("language", HEADERS)
def test_columns_in_languages_of_europe(language) -> None:
    records, facts = facts_of(f"{HEADERS[language]}\n{ROW}\n")
    assert [one.name for one in records.landmarks] == ["Torre"]
    assert records.landmarks[0].geometry is not None
    assert facts == {
        "height": (88.5, "m"),
        "length": (1200, "m"),
        "surface_area": (2.5, "km2"),
        "completed": (1987, None),
        "population": (12000, None),
        "operator": (None, None),
    }


def test_a_unit_may_be_given_by_the_column_s_own_word() -> None:
    for word in ("hohe", "height"):
        _, facts = facts_of("name;x;y;Höhe\nTurm;1;2;12,5\n", units={word: "ft"})
        assert facts == {"height": (12.5, "ft")}


def test_a_size_is_an_area_and_a_region_is_none() -> None:
    _, facts = facts_of("name,x,y,area_ha\nPark,1,2,12\n")
    assert facts == {"surface_area": (12, "ha")}
    _, facts = facts_of("name,x,y,area\nPark,1,2,North Shore\n")
    assert facts == {"area": (None, None)}


def test_a_column_s_usual_word_comes_first_wherever_it_stands() -> None:
    records, facts = facts_of("nom,label,name,lat,lon\nA,B,C,1,2\n")
    assert records.landmarks[0].name == "C"
    assert set(facts) == {"nom", "label"}


def test_no_word_of_another_language_is_one_of_the_vocabulary() -> None:
    words = [word for one in variables().values() for word in one.columns]
    assert len(words) == len(set(words)) > 150
    assert all(variable_name(word) == word for word in words)
    assert not {*words} & ({*variables()} | {*source_variables()} - {"area"})
    assert column_variable("area_km2", measured=True) == "surface_area_km2"
    others = {*variables()} - {"area_km2"}
    assert all(column_variable(name, measured=True) == name for name in others)


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        ("12.000;1,5", ["12000", "1.5"]),
        ("12.000 MW;-1,5", ["12000 MW", "-1.5"]),
        ("1.234.567;0,5", ["1234567", "0.5"]),
        ("12.000;15", ["12.000", "15"]),  # No comma says what a dot is.
        ("12.000;50.5\n1;1,5", ["12.000", "50.5"]),  # Dots before decimals.
        ("0.125;1,5", ["0.125", "1.5"]),
        ("31.01.2020;1,5", ["31.01.2020", "1.5"]),
        ("10.250.3.1;1,5", ["10.250.3.1", "1.5"]),
    ],
)
def test_dots_part_thousands_where_commas_part_decimals(cells, read) -> None:
    table = open_table(f"a;b\n{cells}\n")
    _, row = next(table.rows())
    assert list(table.cells(row).values()) == read
