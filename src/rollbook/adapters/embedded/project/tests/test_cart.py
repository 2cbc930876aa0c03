import pytest

from shop import Cart, Money, Product


@pytest.mark.critical
def test_adding_a_product_twice_counts_it_twice(tea: Product) -> None:
    cart = Cart().add(tea).add(tea, 2)
    assert [(line.product.code, line.count) for line in cart.lines] == [("T-1", 3)]
    assert cart.total == Money(1350)


def test_a_cart_never_changes_in_place(tea: Product) -> None:
    empty = Cart()
    empty.add(tea)
    assert empty.lines == ()


def test_a_removed_product_is_gone(tea: Product) -> None:
    assert Cart().add(tea).remove("T-1") == Cart()


def test_a_cart_does_not_grow_by_nothing(tea: Product) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Cart().add(tea, 0)
