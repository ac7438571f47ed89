"""``rsrag eval``."""
