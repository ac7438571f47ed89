"""``rsrag index``."""
