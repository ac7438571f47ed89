"""Format of an index on disk: parts, manifests, ledger, reports."""
