import pytest

from shop import Catalogue


@pytest.mark.critical
def test_a_product_is_found_by_its_code(catalogue: Catalogue) -> None:
    product = catalogue.find("C-1")
    assert product is not None
    assert product.name == "Coffee beans"


def test_an_unknown_code_finds_nothing(catalogue: Catalogue) -> None:
    assert catalogue.find("X-9") is None


@pytest.mark.critical
def test_a_search_finds_every_word_whatever_its_case(catalogue: Catalogue) -> None:
    assert [p.code for p in catalogue.search("TEA green")] == ["T-1"]


def test_the_cheapest_comes_first(catalogue: Catalogue) -> None:
    assert [p.code for p in catalogue.search("tea")] == ["T-2", "T-1"]
