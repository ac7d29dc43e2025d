"""Queries of pooling: the kernel's problem, and what pages and other stages show of pools."""
