"""Importers: files of many formats as landmarks, facts and passages.

Their readers give records and what was skipped. ``KnowledgeError`` names the file and
the place of what cannot be read, or, in a strict import, of a bad record.
"""
