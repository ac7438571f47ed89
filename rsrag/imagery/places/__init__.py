"""Georeferences, placing and footprints of scenes."""
