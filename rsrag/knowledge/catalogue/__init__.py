"""The catalogue of all records: names, facts, texts and places in SQLite."""
