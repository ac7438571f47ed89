"""What a judged pair comes to: components, a fact sheet, files."""
