"""RSWK's questions, asked so that names, fields and months can be confused."""
