"""A small shop: catalogue, cart, checkout."""

from shop.cart import Cart, Line
from shop.catalogue import Catalogue, Product
from shop.checkout import Order, Refusal, check_out
from shop.money import Money

__all__ = ["Cart", "Catalogue", "Line", "Money", "Order", "Product", "Refusal", "check_out"]
