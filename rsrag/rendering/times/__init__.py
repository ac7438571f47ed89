"""One place at several times, for people: tables, strips, a page to swipe."""
