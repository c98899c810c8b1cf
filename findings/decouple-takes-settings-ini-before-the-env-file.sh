#!/bin/sh
# python-decouple takes settings.ini and never opens the .env beside it.
#
# Its documentation is about .env files, and says that settings.ini can be used in their place. One
# expects that both are read, or that a .env which was just written counts. If a settings.ini stands
# in the same folder or in one above, and there is no .env further down, it is the only one: also
# the names that it does not have are not looked up in the .env, and the error names neither file.
#
# Seen with python-decouple 3.8. Needs python3 and pip. Exit code 0: the behaviour is still as
# described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install python-decouple==3.8

printf 'EDGE_SECRET=from-the-env-file\nEDGE_AGENT_ID=edge_1\n' > .env
printf '[settings]\nEDGE_SECRET=from-settings-ini\n' > settings.ini
cat > run.py <<'PY'
from decouple import UndefinedValueError, config

secret = config("EDGE_SECRET")
try:
    agent_id = config("EDGE_AGENT_ID")
except UndefinedValueError as error:
    agent_id = error
print(secret, "|", agent_id)
assert secret == "from-settings-ini", secret
assert isinstance(agent_id, UndefinedValueError), agent_id
assert ".env" not in str(agent_id) and "settings.ini" not in str(agent_id), agent_id
PY
env -u EDGE_SECRET -u EDGE_AGENT_ID venv/bin/python run.py
