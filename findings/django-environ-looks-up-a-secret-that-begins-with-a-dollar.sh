#!/bin/sh
# django-environ takes a secret that begins with "$" for the name of another variable.
#
# In single quotes a dollar is a dollar, in a shell and for python-dotenv. django-environ takes the
# quotes away, and then reads a value that begins with "$" as a reference: it looks for a variable
# of that name. If there is none, the error names the secret without its first character, as a
# variable that is to be set, and so shows it. If there is one, its value is sent in place of the
# secret. It happens when the value is asked for, not when the file is read.
#
# Seen with django-environ 0.14.0. Needs python3 and pip. Exit code 0: the behaviour is still as
# described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install django-environ==0.14.0

printf "EDGE_SECRET='\$ecret-of-the-agent'\nWITHIN='a\$ecret'\n" > .env
cat > run.py <<'PY'
import environ

environ.Env.read_env(".env")
env = environ.Env()
try:
    seen = env.str("EDGE_SECRET")
except environ.ImproperlyConfigured as error:
    seen = str(error)
print(seen, "|", env.str("WITHIN"))
assert seen == "Set the ecret-of-the-agent environment variable", seen
assert env.str("WITHIN") == "a$ecret"
PY
venv/bin/python run.py
