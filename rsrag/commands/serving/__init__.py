"""``rsrag serve``, ``rsrag mcp`` and ``rsrag keys``."""
