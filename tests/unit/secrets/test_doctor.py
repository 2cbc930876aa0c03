"""`rollbook doctor` asks every place that the site names for secrets (M5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.app.doctor import examine
from rollbook.views.doctor import Finding
from vaults import READER, own_vault


def about_secrets(directory: Path, lines: str) -> dict[str, Finding]:
    (directory / "rollbook.toml").write_text(f'kind = "embedded"\n[secrets]\n{lines}\n')
    found = examine(str(directory / "rollbook.toml"))
    return {f.name.en.removeprefix("secrets: "): f for f in found if f.name.en.startswith("secrets: ")}


def test_m05_a_file_is_looked_for_and_must_be_its_owners_alone(tmp_path: Path) -> None:
    assert about_secrets(tmp_path, 'file = "s.env"')["s.env"].seen == "there is no such file"
    file = tmp_path / "s.env"
    file.write_text("A=b\n")
    file.chmod(0o644)
    open_to_others = about_secrets(tmp_path, 'file = "s.env"')["s.env"]
    assert not open_to_others.good
    assert open_to_others.hint.en == "chmod 600 s.env"
    file.chmod(0o600)
    assert about_secrets(tmp_path, 'file = "s.env"')["s.env"].good


def test_m05_a_vault_is_asked_with_the_token_that_runs_would_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_vault() as vault:
        monkeypatch.setenv("VAULT_TOKEN", vault.token(READER))
        lines = f'vault = "{vault.address}"\nvault_path = "shop"'
        (well,) = about_secrets(tmp_path, lines).values()
        assert well.good
        vault.state = "sealed"
        (sealed,) = about_secrets(tmp_path, lines).values()
        assert not sealed.good
        assert "Vault is sealed" in sealed.seen
        vault.state = ""
        monkeypatch.setenv("VAULT_TOKEN", "wrong-canary")
        (refused,) = about_secrets(tmp_path, lines).values()
        assert not refused.good
        assert "refused the token" in refused.seen
        assert "wrong-canary" not in refused.seen + refused.hint.en


def test_m05_a_machine_without_a_keyring_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends.fail import Keyring

    monkeypatch.setattr(keyring.core, "_keyring_backend", Keyring())
    (found,) = about_secrets(tmp_path, 'keyring = "shop"').values()
    assert not found.good
    assert "no keyring" in found.seen


def test_m05_nothing_is_said_where_the_site_names_no_place(tmp_path: Path) -> None:
    assert about_secrets(tmp_path, 'environment = "SHOP_"') == {}
