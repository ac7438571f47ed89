"""The map of a change in a real browser: the divider follows mouse and keys."""

import numpy as np
import pytest

import rsrag
from rsrag.rendering.times.swipe_page import write_swipe
from tests.analysis.made_pairs import built, ground
from tests.analysis.made_scenes import write_scene
from tests.serve.test_map_page import WIDTHS, browser_page


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """A blue picture before and a red one after, with the changes of a made pair."""
    folder = tmp_path_factory.mktemp("swipe")
    pair = [
        write_scene(folder / f"{name}.tif", picture)
        for name, picture in (("a", ground()), ("b", built(ground())))
    ]
    found = rsrag.change(*pair, head="distance")
    shades = [np.full((160, 192, 3), c, np.uint8) for c in ((0, 0, 250), (250, 0, 0))]
    write_swipe(folder / "swipe.html", found, *shades, None)
    return folder / "swipe.html"


COLOUR = """at => {
  const map = document.getElementById("map"), ratio = map.width / map.clientWidth;
  const x = Math.round(at * map.width), y = Math.round(map.height / 2);
  return [...map.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3);
}"""


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_the_divider_follows_keys_and_mouse(page_file, width) -> None:
    with browser_page(WIDTHS[width]) as (page, said):
        page.goto(page_file.as_uri())
        page.wait_for_function("layers.every(one => one.image.naturalWidth)")
        page.evaluate("items.forEach(item => { item.group.shown = false; }); draw()")

        def parts() -> list[str]:
            found = [page.evaluate(COLOUR, at) for at in (0.35, 0.45, 0.55, 0.65)]
            return ["before" if blue > red else "after" for red, _, blue in found]

        assert parts() == ["before", "before", "after", "after"]
        page.focus("#map")
        page.keyboard.press("]")
        page.keyboard.press("]")
        assert parts() == ["before", "before", "before", "after"]
        page.focus("#swipe input")
        page.keyboard.press("Home")
        assert parts() == ["after"] * 4
        page.keyboard.press("End")
        assert parts() == ["before"] * 4
        spoken = page.get_attribute("#swipe input", "aria-valuetext")
        assert spoken == "before on the left 100 percent, after on the right"
        box = page.locator("#map").bounding_box()
        right, middle = box["x"] + box["width"] - 12, box["y"] + box["height"] / 2
        page.mouse.move(right, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.4 * box["width"], middle, steps=4)
        page.mouse.up()
        assert parts() == ["before", "after", "after", "after"]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert [one for one in said if "getImageData" not in one] == []
