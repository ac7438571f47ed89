"""``rsrag knowledge``."""
