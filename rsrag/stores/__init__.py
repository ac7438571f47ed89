"""Vector stores: where embeddings are kept and the nearest of them are found.

Every store here follows :class:`rsrag.interfaces.VectorStore` and passes the same
contract suite; ``exact`` is the oracle of the others. ``exact`` and ``faiss`` share
one layout on disk (``rows``), the two Qdrant stores one translation of filters and
payloads (``qdrant_filters``, ``qdrant_payload``).
"""
