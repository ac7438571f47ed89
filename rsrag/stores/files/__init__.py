"""Files of a store: rows, payloads, ids."""
