"""Damage to every file of an index and of knowledge: told or mended, never silent.

``python -m bench.damage`` makes a small index and a small collection, damages one file
at a time (cut off, emptied, flipped region by region, gone, taken from elsewhere; in
JSON each key removed, each value of another type or slightly another), and runs the
commands that a person would type. A case is bad if any of them ends with a traceback
or an error of more than three lines, or if an answer is another one and neither the
command nor ``rsrag index verify`` says a word.
"""
