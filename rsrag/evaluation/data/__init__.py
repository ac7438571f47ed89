"""Files of questions, captions, labels and predictions.

Their readers raise ``SourceNotFoundError`` where there is no file, and ``ConfigError``,
which names the place and what is wrong, for one that is not as they say.
"""
