"""Results on stdout: JSON for programs, or text for people."""

import json
import sys
from collections.abc import Callable
from typing import Any


def show(as_json: bool, data: Any, text: str | Callable[[], str]) -> None:
    """Print one of the two.

    Args:
        as_json: which.
        data: plain JSON values, or a function that makes them.
        text: whole lines, or a function that makes them.
    """
    if as_json:
        value = data() if callable(data) else data
        said = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        # A file may have a name that is no Unicode; its report still comes out.
        said = said.encode("utf-8", "backslashreplace").decode()
    else:
        said = text() if callable(text) else text
    sys.stdout.write(said)
