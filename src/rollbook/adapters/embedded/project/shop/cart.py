"""What a customer is about to buy."""

from __future__ import annotations

import msgspec

from shop.catalogue import Product
from shop.money import Money


class Line(msgspec.Struct, frozen=True):
    product: Product
    count: int

    @property
    def total(self) -> Money:
        return self.product.price.times(self.count)


class Cart(msgspec.Struct, frozen=True):
    lines: tuple[Line, ...] = ()

    def add(self, product: Product, count: int = 1) -> Cart:
        """The cart with `count` more of the product. Raises ValueError for a count below one."""
        if count < 1:
            raise ValueError("a cart grows by at least one")
        have = next((line.count for line in self.lines if line.product.code == product.code), 0)
        others = tuple(line for line in self.lines if line.product.code != product.code)
        return Cart((*others, Line(product, have + count)))

    def remove(self, code: str) -> Cart:
        return Cart(tuple(line for line in self.lines if line.product.code != code))

    @property
    def total(self) -> Money:
        return sum((line.total for line in self.lines), Money(0))
