"""What an instruction about a picture asks for, and which experts can tell it."""
