"""What commands call once their options are read."""
