"""The Qdrant stores: embedded, and on a server."""
