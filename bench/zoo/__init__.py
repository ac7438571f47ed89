"""A zoo of small pictures with a known place and time, built as one index.

Each file comes from a recipe that says where it lies and when it was taken. GDAL's own
transformation (and, across ±180, the library `antimeridian`) is the judge of outlines,
the recipe of times, and the disk of counts: ``python -m bench.zoo`` prints how many
outlines and times are wrong, and how many files no report mentions.
"""
