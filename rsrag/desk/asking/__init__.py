"""Knowledge that stays open: questions, captions, labels."""
