"""The rules, a file each: its page, its check, and `RULE`. The package is its own index."""
