"""Where in a picture a thing lies: dense fields, heat maps, what is made of them."""
