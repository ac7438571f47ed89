"""stac-api-validator without the web: the core schemas are those that pystac carries.

    python -m bench.serving.stac_conformance http://127.0.0.1:8000 COLLECTION

Prints its warnings and errors; exit code 1 if there are errors. The collection's items
all need a time, or its check of sorting stumbles. Its check of the fields extension is
left out: what it asks of one request (``exclude: [geometry]``) it forbids of the next.
"""

import json
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CLASSES = (
    *("core", "collections", "features", "item-search", "item-search#sort"),
    *("features#sort", "features#fields"),
)
_POINT = '{"type": "Point", "coordinates": [0.5, 0.5]}'


def _schemas() -> dict[str, Any]:
    import pystac

    found = {}
    folder = Path(pystac.__file__).parent / "validation" / "jsonschemas"
    for path in folder.rglob("*.json"):
        schema = json.loads(path.read_text("utf-8"))
        found[schema.get("$id", "").rstrip("#")] = found[path.name] = schema
    return found


def validate(
    address: str, collection: str, geometry: str = _POINT
) -> tuple[Sequence[str], Sequence[str]]:
    """Errors and warnings of the validator about a service.

    Args:
        address: of the service.
        collection: that is looked through.
        geometry: GeoJSON that some of its items touch, and others do not.
    """
    import stac_api_validator.validations as validations

    known = _schemas()

    def fetch(url: object, *_: object, **__: object) -> Any:
        name = str(url).rstrip("#")
        if "stac-extensions" in name:
            return {}  # Schemas of extensions are on the web only.
        found = known.get(name) or known.get(name.rpartition("/")[2])
        if found is None:
            raise ConnectionError(f"no schema of {name} here")
        return found

    for name, module in list(sys.modules.items()):
        theirs = name.startswith(("stac_valid", "stac_check"))
        if theirs and hasattr(module, "fetch_and_parse_schema"):
            setattr(module, "fetch_and_parse_schema", fetch)  # noqa: B010
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # What it uses is not ours to mend.
        doubts, errors = validations.validate_api(
            root_url=address,
            ccs_to_validate=list(CLASSES),
            collection=collection,
            geometry=geometry,
            auth_bearer_token=None,
            auth_query_parameter=None,
            fields_nested_property=None,
            validate_pagination=True,
            query_config=validations.QueryConfig(*[None] * 13),
            transaction_collection=None,
            headers={},
            stac_check_config=None,
        )
    return [str(one) for one in errors], [str(one) for one in doubts]


if __name__ == "__main__":
    wrong, doubtful = validate(*sys.argv[1:3])
    for line in doubtful:
        print("warning:", line)
    for line in wrong:
        print("error:", line)
    print(f"{len(wrong)} errors, {len(doubtful)} warnings")
    sys.exit(bool(wrong))
