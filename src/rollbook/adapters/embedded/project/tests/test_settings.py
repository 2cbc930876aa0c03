import pytest

from shop.__main__ import main
from shop.money import Money
from shop.settings import read_settings


def test_variables_override_defaults() -> None:
    settings = read_settings({"SHOP_CURRENCY": "CNY", "SHOP_FREE_DELIVERY_FROM": "99"})
    assert (settings.currency, settings.free_delivery_from) == ("CNY", Money(9900))


def test_absent_variables_have_defaults() -> None:
    assert read_settings({}).log_level == "info"


def test_the_command_lists_what_it_finds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["green"]) == 0
    assert "Green tea" in capsys.readouterr().out


def test_the_command_fails_when_nothing_is_found() -> None:
    assert main(["unobtainable"]) == 1
