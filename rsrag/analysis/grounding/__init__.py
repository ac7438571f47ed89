"""Which thing in a picture a phrase means: words apart, candidates, scores."""
