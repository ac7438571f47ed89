"""What lies in an index on disk: parts, manifests, ledger, reports."""
