"""What is for sale, and how to find it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from shop.money import Money


class Product(msgspec.Struct, frozen=True):
    code: str
    name: str
    price: Money
    stock: int = 0


class Catalogue:
    """Products by code."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._products = {product.code: product for product in products}

    def find(self, code: str) -> Product | None:
        return self._products.get(code)

    def search(self, words: str) -> tuple[Product, ...]:
        """Products whose name has every word, cheapest first."""
        wanted = words.casefold().split()
        found = (p for p in self._products.values() if all(w in p.name.casefold() for w in wanted))
        return tuple(sorted(found, key=lambda p: (p.price, p.code)))
