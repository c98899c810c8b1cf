#!/bin/sh
# pydantic-settings refuses a .env that has one setting more, and prints that setting's value.
#
# A .env is often shared: the agent's three settings, and those of the program beside it. In the
# environment, variables that a class does not name are left alone, so one expects the same of the
# file. There they are errors (extra="forbid" is the default), and the message quotes what was not
# asked for: another program's password stands in the log of a client that never needed it. The cure
# is SettingsConfigDict(extra="ignore").
#
# Seen with pydantic-settings 2.16.3 and pydantic 2.14.4. Needs python3 and pip. Exit code 0: the
# behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install pydantic-settings==2.16.3 pydantic==2.14.4

printf 'EDGE_AGENT_ID=edge_1\nDATABASE_PASSWORD=a-password-of-another-program\n' > .env
cat > run.py <<'PY'
import os

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class FromEnvironment(BaseSettings):
    edge_agent_id: str


class FromFile(FromEnvironment):
    model_config = SettingsConfigDict(env_file=".env")


class Tolerant(FromEnvironment):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")


try:
    FromFile()
    said = ""
except ValidationError as error:
    said = str(error)
print(said)
assert "database_password\n  Extra inputs are not permitted" in said, said
assert "a-password-of-another-program" in said, said
assert Tolerant().edge_agent_id == "edge_1"

os.environ.update(EDGE_AGENT_ID="edge_1", DATABASE_PASSWORD="a-password-of-another-program")
assert FromEnvironment().edge_agent_id == "edge_1"
PY
venv/bin/python run.py
