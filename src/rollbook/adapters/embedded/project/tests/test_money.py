import pytest

from shop import Money

AMOUNTS = [("12.50", 1250), ("12", 1200), ("0.05", 5), ("-1.25", -125)]


@pytest.mark.parametrize(("text", "cents"), AMOUNTS)
def test_an_amount_is_read_exactly(text: str, cents: int) -> None:
    assert Money.of(text) == Money(cents)


@pytest.mark.parametrize("text", ["1.5", "1.234", "x", ""])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|invalid"):
        Money.of(text)


@pytest.mark.parametrize("cents", [0, 5, 1250, -125])
def test_an_amount_prints_as_it_is_read(cents: int) -> None:
    assert Money.of(str(Money(cents))) == Money(cents)
