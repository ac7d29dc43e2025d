"""Shopper pages, split by noun. Each view: an access function, one service call, its answer in words."""
