"""Demands of a JSON schema, as servers spell them."""

from collections.abc import Callable, Mapping
from typing import Any

from rsrag.errors import GeneratorError
from rsrag.generators.server.web import StatusError

NOT_TAKEN = (400, 404, 406, 413, 415, 422, 500, 501)
"""What servers answer to what they do not take; others are about keys and load."""


class SchemaForms:
    """Finds the spelling that a server takes, and keeps to it.

    Attributes:
        left: spellings that it may take; none once it took none.
    """

    def __init__(self) -> None:
        self.left: tuple[str, ...] = ("json_schema", "json_object")

    def filled(
        self,
        complete: Callable[[dict[str, Any]], str],
        body: Mapping[str, Any],
        schema: Mapping[str, Any],
    ) -> str:
        """What the server fills in.

        Raises:
            GeneratorError: it takes no schema; it is then not asked again.
        """
        refused: StatusError | None = None
        for form in self.left:
            demand: dict[str, Any] = {"type": form, "schema": schema}
            if form == "json_schema":
                demand = {"type": form, form: {"name": "query", "schema": schema}}
            try:
                text = complete({**body, "response_format": demand})
            except StatusError as exc:
                if exc.status not in NOT_TAKEN:
                    raise
                refused = exc
            else:
                self.left = (form,)
                return text
        self.left = ()
        raise GeneratorError(f"{body['model']} takes no JSON schema.") from refused
