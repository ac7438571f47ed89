"""Commands that look a scene over: what covers it, which thing a phrase means."""
