"""Archives of imagery cut into chips: sources, scenes, windows, outlines.

Start at :func:`rsrag.imagery.sources.sources.iter_sources` (what is in the archive),
go on with :func:`rsrag.imagery.scenes.open_scene` (one picture, opened, hashed, placed)
and its pieces (groups of chips, ready for an encoder).
"""
