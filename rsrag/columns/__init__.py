"""Columns of tables: as arrays, as values, and conditions on them."""
