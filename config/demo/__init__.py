"""The demo market shown end to end: loaded, run through real workers, acted in by its people, and told."""
