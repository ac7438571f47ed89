"""What a few marked chips say of what is looked for."""
