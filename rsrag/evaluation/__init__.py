"""What figures mean, and how they are reckoned: metrics are pure functions."""
