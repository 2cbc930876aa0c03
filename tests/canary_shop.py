"""A shop whose every secret is a canary, kept in every place where secrets are kept; its project tells what it can."""

from __future__ import annotations

import json
import os
from pathlib import Path

DOCUMENT = """\
---
status: draft
author: Platform
version: 0.3
---

# Deployment of the shop

## Environments

| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| QA | qa.example.com | qa-cluster | .env.qa |
| PROD | example.com | prod-cluster | .env.prod |

## Environment variables

| Variable | Description | QA | PROD |
|---|---|---|---|
| FROM_VAULT | kept in Vault | [Secret] | [Secret] |
| FROM_KEYRING | kept in the keyring | [Secret] | [Secret] |
| FROM_FILE | kept in a file | [Secret] | [Secret] |
| FROM_PROCESS | kept in a variable | [Secret] | [Secret] |
| FROM_SETTINGS | kept in the environment's file | | [Secret] |
| IN_CLEAR | a cache | {url} | |
| SMTP_PASSWORD | for mail | {written} | [Secret] |
| SHOP_CURRENCY | prices | EUR | EUR |

## Resources

| Component | QA | PROD |
|---|---|---|
| App replicas | 1 | 2 |

## Commands

### Build commands

```bash
# build the image
docker build -t app:${{VERSION}} .
# push the image
docker push registry.example.com/app:${{VERSION}}
```

### Deploy commands

```bash
kubectl apply -f k8s/deployment.yaml
kubectl set image deployment/app app=registry.example.com/app:${{VERSION}}
```

### Migrations

```bash
# run the migrations
./scripts/migrate.sh up
```

## Release checklist

### During the release

- [ ] run the database migrations
- [ ] deploy the new version
- [ ] tell the environment
- [ ] tell the variable of the engine

### After the release

- [ ] error rate < 1%
- [ ] send the release notification

## Operations

### Daily operations

```bash
# show the settings
env | grep -e FROM_ -e IN_CLEAR

# show the key as others need it
echo "$FROM_VAULT" | base64

# look at the logs
kubectl logs deployment/app
```

## Sign-off

| Role | Name | Date | Status |
|---|---|---|---|
| Platform | | | created |
"""
SITE = """\
kind = "embedded"
project = "project"
[limits]
probe_samples = 40
traffic_samples = 60
[secrets]
environment = "SHOP_"
file = "secrets.env"
keyring = "shop-canaries"
vault = "{vault}"
vault_path = "shop"
[channels]
mail = "smtp://robot:{channel}@mail.example.com"
[steps]
"tell the environment" = {{ shell = "./scripts/tell.sh" }}
"""
STEPS = '''\
"""A step of the project that fails with what it must not say."""

import os

from rollbook import idempotent, step


@step("tell the variable of the engine", effect=idempotent)
async def tell(version: str) -> None:
    """Fails, its text and its cause a secret, where the version says so."""
    if version.endswith("tells"):
        try:
            {}[os.environ["SHOP_FROM_PROCESS"]]
        except KeyError as error:
            raise ValueError("not " + os.environ["SHOP_FROM_PROCESS"]) from error
'''
TELL = """\
#!/usr/bin/env bash
# Says everything that it was given, in every spelling.
set -x
env
for name in FROM_VAULT FROM_KEYRING FROM_FILE FROM_PROCESS FROM_SETTINGS IN_CLEAR SMTP_PASSWORD; do
    printf '%s' "${!name}" | base64
    printf 'a%s' "${!name}" | base64 -w 60
    printf 'ab%s' "${!name}" | base64 -w 0; echo
    printf '%s' "${!name}" | od -An -tx1 | tr -d ' \\n'; echo
done
"${PYTHON:-python3}" - <<'CODE'
import json, os, sys, urllib.parse as url
names = [n for n in os.environ if n.startswith("FROM_")]
for name in names:
    value = os.environ[name]
    print(json.dumps({name: value}), url.quote(value), url.quote_plus(value), repr(value))
    for letter in value:
        sys.stdout.write(letter)
        sys.stdout.flush()
    print("", flush=True)
print("x" * 70000 + os.environ["FROM_VAULT"] * 20)
sys.stderr.write(os.environ["FROM_FILE"])
CODE
cat .env.qa
"""
MIGRATE = """\
#!/usr/bin/env bash
set -euo pipefail
"$(dirname "$0")/tell.sh" 2>&1
case "$VERSION" in
    *-nomigration) echo "cannot connect with $FROM_FILE" >&2; exit 3 ;;
esac
"""
KEYRING = '''\
"""A keyring in a file, for the real library."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class FileKeyring(KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        return json.loads(Path(os.environ["CANARY_KEYRING"]).read_text()).get(f"{service}/{username}")

    def set_password(self, service, username, password):
        raise NotImplementedError

    def delete_password(self, service, username):
        raise NotImplementedError
'''
CANARIES = {
    "FROM_VAULT": "7wq/Vx+9f3e Zö='k\"5mT8r2",
    "FROM_KEYRING": "k51c0d2aa77yQ3vN8x",
    "FROM_FILE": "f:ile&77b1<x>e09dWq2",
    "FROM_PROCESS": "p%r0cess%d41d8cd98fXv",
    "FROM_SETTINGS": "postgresql://q8shop:s3tt1ng0cc175b9Kz@z9db.invalid/w4",
    "IN_CLEAR": "redis://q8cache:c13arb9c0f1b6Jw@z9cache.invalid/0",
    "SMTP_PASSWORD": "wr1tt3na831c399eLm",
    "NOT_IN_THE_MATRIX_TOKEN": "unn4med-e2691226461Rt",
    "CHANNEL": "ch4nnel-61c0bfdfYp3n",
    "VAULT_TOKEN": "t0ken-0d8f2a77c1Hs9",
}
PASSWORDS = ("s3tt1ng0cc175b9Kz", "c13arb9c0f1b6Jw")
"""Of the two URLs: they must not appear by themselves, and what is around them may."""


def write_shop(directory: Path, vault: str) -> tuple[dict[str, str], frozenset[Path]]:
    """Write everything; returns the variables that Rollbook is started with, and the files that hold secrets because
    people put them there."""
    project = directory / "project"
    scripts = project / "scripts"
    scripts.mkdir(parents=True)
    (project / "k8s").mkdir()
    (project / "k8s" / "deployment.yaml").write_text(MANIFEST)
    (project / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1.0"\n')
    for name, text in (("tell.sh", TELL), ("migrate.sh", MIGRATE)):
        (scripts / name).write_text(text)
        (scripts / name).chmod(0o755)
    c = CANARIES
    settings = f"FROM_SETTINGS={c['FROM_SETTINGS']}\nSMTP_TOKEN={c['NOT_IN_THE_MATRIX_TOKEN']}\n"
    document = DOCUMENT.format(url=c["IN_CLEAR"], written=c["SMTP_PASSWORD"])
    kept = {
        directory / "deploy.md": document,
        directory / "rollbook.toml": SITE.format(vault=vault, channel=c["CHANNEL"]),
        directory / "secrets.env": f"FROM_FILE={c['FROM_FILE']}\n",
        directory / "keys.json": json.dumps({"shop-canaries/FROM_KEYRING": c["FROM_KEYRING"]}),
        project / ".env.qa": settings,
    }
    for path, text in kept.items():
        path.write_text(text, encoding="utf-8")
    (directory / "secrets.env").chmod(0o600)
    (directory / "rollbook_steps.py").write_text(STEPS)
    modules = directory / "modules"
    modules.mkdir()
    (modules / "canary_keyring.py").write_text(KEYRING)
    paths = os.pathsep.join((str(modules), os.environ.get("PYTHONPATH", "")))
    variables = {
        "SHOP_FROM_PROCESS": c["FROM_PROCESS"], "VAULT_TOKEN": c["VAULT_TOKEN"], "PYTHONPATH": paths,
        "PYTHON_KEYRING_BACKEND": "canary_keyring.FileKeyring", "CANARY_KEYRING": str(directory / "keys.json"),
    }  # fmt: skip
    return variables, frozenset(kept)


MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  replicas: 1
  selector:
    matchLabels: {app: app}
  template:
    metadata:
      labels: {app: app}
    spec:
      containers:
        - name: app
          image: app:v1.0.0
"""
