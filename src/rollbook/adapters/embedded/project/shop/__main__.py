"""`python -m shop WORDS`: search the catalogue."""

from __future__ import annotations

import os
import sys

from shop.catalogue import Catalogue, Product
from shop.money import Money
from shop.settings import read_settings

PRODUCTS = (
    Product("T-1", "Green tea", Money(450), 12),
    Product("T-2", "Black tea", Money(390), 30),
    Product("C-1", "Coffee beans", Money(990), 8),
)


def main(arguments: list[str]) -> int:
    currency = read_settings(os.environ).currency
    found = Catalogue(PRODUCTS).search(" ".join(arguments))
    print("\n".join(f"{p.code}  {p.name}  {p.price} {currency}" for p in found))
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
