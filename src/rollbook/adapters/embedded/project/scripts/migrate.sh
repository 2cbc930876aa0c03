#!/usr/bin/env bash
# up: apply what is not applied · down: reverse the newest version · status: list the applied ones.
# The database is DATABASE_URL, else the one of .env.ENVIRONMENT (in lower case), else of .env.dev.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${DATABASE_URL:-}" ]; then
    name=$(printf '%s' "${ENVIRONMENT:-dev}" | tr '[:upper:]' '[:lower:]')
    case "$name" in
        development) name=dev ;;
        production) name=prod ;;
    esac
    file=".env.$name"
    [ -f "$file" ] || { echo "no DATABASE_URL, and no $file" >&2; exit 2; }
    DATABASE_URL=$(sed -n 's/^DATABASE_URL=//p' "$file")
    export DATABASE_URL
fi
exec "${PYTHON:-python3}" scripts/migrate.py "$@"
