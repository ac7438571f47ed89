"""Published data sets of pictures with words: read, and written in another form."""
