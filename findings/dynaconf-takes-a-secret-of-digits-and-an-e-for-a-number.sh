#!/bin/sh
# Dynaconf turns a secret such as 12345e6 into a number, and another one cannot be told from it.
#
# Values of a .env are strings, and Dynaconf reads each as TOML first. A secret of digits is the
# same when it is written out again, and one of hexadecimal digits is a string nearly always. But
# digits with one "e" among them are a number with an exponent: the program gets 12345000000.0,
# and sends "Bearer 12345000000.0". Of random tokens of eight hexadecimal digits, one in seventy
# looks so: one agent is refused, and all the others connect.
#
# Seen with Dynaconf 3.3.5 and python-dotenv 1.2.4. Needs python3 and pip. Exit code 0: the
# behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install dynaconf==3.3.5 python-dotenv==1.2.4

printf 'EDGE_SECRET=12345e6\nOTHER=12345000000.0\nHEX=12345f6\n' > .env
cat > run.py <<'PY'
from dotenv import dotenv_values
from dynaconf import Dynaconf

settings = Dynaconf(load_dotenv=True, envvar_prefix=False)
seen = settings.EDGE_SECRET, settings.OTHER, settings.HEX
print("Dynaconf:", seen, "| python-dotenv:", dict(dotenv_values(".env")))
assert seen == (12345000000.0, 12345000000.0, "12345f6"), seen
assert isinstance(seen[0], float)
assert dotenv_values(".env")["EDGE_SECRET"] == "12345e6"
PY
venv/bin/python run.py
