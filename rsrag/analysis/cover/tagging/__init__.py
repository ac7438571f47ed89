"""What a map says of the ground that chips show: tags, and sentences of them."""
