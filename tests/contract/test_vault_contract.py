"""What Rollbook asks of a Vault, of OpenBao itself and of the small server that other tests put in its place (M5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rollbook.adapters.secrets.vault import VaultSecrets
from rollbook.ports.secrets import NoSecret
from rollbook.problems import StepFailed, Unreachable
from vaults import NOBODY, READER, VALUES_ONLY, OpenBao, OwnVault, Vault, open_bao, own_vault

CANARY = "canary-7f3a"


@pytest.fixture(scope="module", params=["own", "OpenBao"])
def vault(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    opened = own_vault() if request.param == "own" else open_bao(tmp_path_factory.mktemp("bao"))
    with opened as made:
        made.put("shop/prod", {"JWT_SECRET": CANARY, "PORT": 8080, "EMPTY": ""})
        yield made


def asking(vault: Vault, kind: str = READER, path: str = "shop/prod", mount: str = "secret") -> VaultSecrets:
    token = vault.token(kind)
    return VaultSecrets(vault.address, path, mount, token=lambda: token)


async def test_m05_a_field_is_a_secret(vault: Vault) -> None:
    secrets = asking(vault)
    assert (await secrets.get("JWT_SECRET")).reveal() == CANARY
    assert (await secrets.get("PORT")).reveal() == "8080"
    for absent in ("OTHER", "EMPTY"):
        with pytest.raises(NoSecret, match=f"there is no secret {absent}"):
            await secrets.get(absent)


def test_m05_whether_it_is_there_is_asked_without_its_value(vault: Vault) -> None:
    secrets = asking(vault)
    assert secrets.has("JWT_SECRET") is True
    assert secrets.has("OTHER") is False
    if isinstance(vault, OwnVault):
        assert {path.split("/")[3] for path in vault.asked[-2:]} == {"subkeys"}


async def test_m05_a_token_that_may_read_values_but_not_names_cannot_tell_beforehand(vault: Vault) -> None:
    secrets = asking(vault, VALUES_ONLY)
    assert secrets.has("JWT_SECRET") is None
    assert (await secrets.get("JWT_SECRET")).reveal() == CANARY


async def test_m05_a_path_that_is_not_there_has_no_secrets(vault: Vault) -> None:
    secrets = asking(vault, path="shop/none")
    assert secrets.has("JWT_SECRET") is False
    with pytest.raises(NoSecret):
        await secrets.get("JWT_SECRET")


async def test_m05_a_token_without_rights_is_told_apart_from_a_secret_that_is_missing(vault: Vault) -> None:
    secrets = asking(vault, NOBODY)
    with pytest.raises(StepFailed, match="refused the token") as told:
        await secrets.get("JWT_SECRET")
    assert not isinstance(told.value, NoSecret)
    assert "permission denied" in " ".join(told.value.output)
    with pytest.raises(StepFailed, match="refused the token"):
        secrets.has("JWT_SECRET")


async def test_m05_a_wrong_token_is_not_repeated(vault: Vault) -> None:
    secrets = VaultSecrets(vault.address, "shop/prod", token=lambda: "wrong-canary")
    with pytest.raises(StepFailed, match="refused the token") as told:
        await secrets.get("JWT_SECRET")
    assert "wrong-canary" not in repr(told.value) + str(told.value.words) + " ".join(told.value.output)
    with pytest.raises(StepFailed, match="refused the token"):
        secrets.has("JWT_SECRET")


async def test_m05_without_a_token_it_says_how_to_get_one(vault: Vault) -> None:
    with pytest.raises(StepFailed, match="no token") as told:
        await VaultSecrets(vault.address, "shop/prod", token=str).get("JWT_SECRET")
    assert "VAULT_TOKEN" in told.value.hint.en


async def test_f06_a_vault_that_is_sealed_is_unknown_not_empty(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_bao(tmp_path_factory.mktemp("sealed")) as bao:
        assert isinstance(bao, OpenBao)
        bao.put("shop/prod", {"JWT_SECRET": CANARY})
        secrets = asking(bao)
        bao.seal()
        await silent(secrets)


@pytest.mark.parametrize("state", ["sealed", "silent", "nonsense"])
async def test_f06_a_vault_that_does_not_answer_is_unknown_not_empty(state: str) -> None:
    with own_vault() as vault:
        vault.put("shop/prod", {"JWT_SECRET": CANARY})
        vault.state = state
        await silent(VaultSecrets(vault.address, "shop/prod", token=lambda: vault.token(READER), limit_s=0.2))


async def test_f06_nor_is_one_that_is_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    await silent(VaultSecrets("http://127.0.0.1:1", "shop/prod", token=lambda: "any"))


async def silent(secrets: VaultSecrets) -> None:
    with pytest.raises(Unreachable, match="does not answer"):
        await secrets.get("JWT_SECRET")
    with pytest.raises(Unreachable, match="does not answer"):
        secrets.has("JWT_SECRET")


def test_m05_a_deleted_version_has_no_secrets(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_bao(tmp_path_factory.mktemp("deleted")) as bao:
        bao.put("shop/prod", {"JWT_SECRET": CANARY})
        bao.delete("shop/prod")
        assert asking(bao).has("JWT_SECRET") is False


async def test_m05_a_mount_that_is_not_there_is_said() -> None:
    with own_vault() as vault, pytest.raises(StepFailed, match="no such secrets engine"):
        await asking(vault, mount="kv").get("JWT_SECRET")
