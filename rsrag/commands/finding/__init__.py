"""Commands that find chips: by words, pictures, filters, marks and places."""
