"""Small files that fit an encoder to one's own pictures, and what learns them."""
