"""Questions, pictures and conversations, answered with evidence."""
