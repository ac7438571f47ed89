"""Landmarks with what is known of them, as plain values for JSON."""

from typing import Any

from rsrag.knowledge.browsing import Dossier, KnowledgeMatch
from rsrag.knowledge.record_schema import to_json


def dossier_json(dossier: Dossier) -> dict[str, Any]:
    """The landmark's record with ``facts`` and ``passages`` as lists of records."""
    return {
        **to_json(dossier.landmark),
        "facts": [to_json(fact) for fact in dossier.facts],
        "passages": [to_json(passage) for passage in dossier.passages],
    }


def found_json(found: KnowledgeMatch) -> dict[str, Any]:
    """``match``, ``text`` and the landmark's record, or ``null``."""
    landmark = None if found.landmark is None else to_json(found.landmark)
    return {"match": found.match, "text": found.text, "landmark": landmark}
