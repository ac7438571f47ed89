"""Files of questions, captions, labels and predictions."""
