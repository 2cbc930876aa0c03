"""From cart to order."""

from __future__ import annotations

import msgspec

from shop.cart import Cart, Line
from shop.money import Money

DELIVERY = Money(490)


class Refusal(Exception):
    """Why an order cannot be taken, in words for the customer."""


class Order(msgspec.Struct, frozen=True):
    lines: tuple[Line, ...]
    goods: Money
    delivery: Money

    @property
    def total(self) -> Money:
        return self.goods + self.delivery


def check_out(cart: Cart, free_delivery_from: Money) -> Order:
    """The order for this cart. Raises Refusal for an empty cart and for more than is in stock."""
    if not cart.lines:
        raise Refusal("the cart is empty")
    short = [line.product.name for line in cart.lines if line.count > line.product.stock]
    if short:
        raise Refusal(f"not enough in stock: {', '.join(short)}")
    delivery = Money(0) if cart.total >= free_delivery_from else DELIVERY
    return Order(cart.lines, cart.total, delivery)
