"""What sources hold differently is shown side by side, the newest first."""

import pytest

import rsrag
from rsrag.config import Settings

HEAD = "name,category,lon,lat,height_m,opened\n"
SOURCES = {
    "Register 2010": "Karl Tower,tower,9.0,50.0,120,1931\n",
    "Survey 2021": "Karl Tower,tower,9.0,50.0,131,1931\n",
    "Atlas 1998": "Karl Tower,tower,9.0001,50.0,119.9,1931\n",
    "Far away": "Karl Tower,tower,30.0,10.0,50,1900\n",
}


def told_by(folder, *sources):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        settings = Settings.from_environment(
            {"RSRAG_HOME": str(folder), "HOME": str(folder)}
        )
        with rsrag.Knowledge(settings=settings) as knowledge:
            for source in sources:
                path = folder / f"{source}.csv"
                path.write_text(HEAD + SOURCES[source])
                name = source.lower().replace(" ", "-")
                knowledge.import_(path, name=name, source=source, licence="CC0-1.0")
            return knowledge.ask("How tall is Karl Tower?")


def test_what_differs_is_shown_newest_first(tmp_path) -> None:
    answer = told_by(tmp_path, "Register 2010", "Survey 2021", "Atlas 1998")
    assert answer.value == "131 m; 120 m; 119.9 m"
    cited = [one.evidence.source for one in answer.citations]
    assert cited == ["Survey 2021", "Register 2010", "Atlas 1998"]
    assert "do not agree" in answer.notes[0] and answer.confidence <= 0.8


def test_rounding_is_no_difference(tmp_path) -> None:
    answer = told_by(tmp_path, "Register 2010", "Atlas 1998")
    assert not any("agree" in note for note in answer.notes)
    assert answer.confidence > 0.9


def test_a_namesake_elsewhere_is_another_place(tmp_path) -> None:
    answer = told_by(tmp_path, "Register 2010", "Far away")
    assert not any("agree" in note for note in answer.notes)
    assert set(answer.value.split("; ")) == {"120 m", "50 m"}
