import pytest

from shop import Cart, Money, Product, Refusal, check_out

FREE_FROM = Money(1000)


@pytest.mark.critical
def test_an_order_has_goods_and_delivery(tea: Product) -> None:
    order = check_out(Cart().add(tea), FREE_FROM)
    assert (order.goods, order.delivery, order.total) == (Money(450), Money(490), Money(940))


def test_delivery_is_free_from_the_limit_on(tea: Product) -> None:
    assert check_out(Cart().add(tea, 3), FREE_FROM).delivery == Money(0)


@pytest.mark.critical
def test_an_empty_cart_is_refused() -> None:
    with pytest.raises(Refusal, match="empty"):
        check_out(Cart(), FREE_FROM)


@pytest.mark.critical
def test_more_than_the_stock_is_refused(tea: Product) -> None:
    with pytest.raises(Refusal, match="Green tea"):
        check_out(Cart().add(tea, 4), FREE_FROM)
