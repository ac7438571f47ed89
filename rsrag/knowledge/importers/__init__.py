"""Importers: files of other formats as landmarks, facts and passages."""
