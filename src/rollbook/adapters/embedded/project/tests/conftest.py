import pytest

from shop import Catalogue, Money, Product


@pytest.fixture
def tea() -> Product:
    return Product("T-1", "Green tea", Money(450), stock=3)


@pytest.fixture
def catalogue(tea: Product) -> Catalogue:
    cheap = Product("T-2", "Black tea", Money(390), stock=30)
    return Catalogue([tea, cheap, Product("C-1", "Coffee beans", Money(990), stock=8)])
