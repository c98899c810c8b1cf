#!/bin/sh
# uv drops the rest of a .env file after a line that it cannot read, and starts the program anyway.
#
# Somebody adds `EDGE_NOTE=two words`, or a path with backslashes, without quotes. python-dotenv,
# node and npm's dotenv take such a value as it stands. One would expect that `uv run --env-file`
# does so too, or loses this one line, or refuses the file. It sets what stands above the line,
# warns with the line's value and without its name, forgets everything below, and runs the program.
# So the secret counts or is missing depending on whether it stands above or below a line that has
# nothing to do with it; with --quiet there is not even the warning.
#
# Seen with uv 0.13.9; python-dotenv 1.2.4, dotenv 18.0.10 and Node.js 20.20.2 for comparison. Needs
# python3, pip, npm and node 20.12 or later. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install uv==0.13.9 python-dotenv==1.2.4
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$folder" dotenv@18.0.10

cat > show.py <<'PY'
import os

print([os.environ.get(name) for name in ("EDGE_URL", "EDGE_NOTE", "EDGE_SECRET")])
PY
cat > run.py <<'PY'
import json
import os
import pathlib
import subprocess

import dotenv

NAMES = ("EDGE_URL", "EDGE_NOTE", "EDGE_SECRET")
NOTES = ("two words", r"C:\agent")
WITH_NODE = "console.log(JSON.stringify(process.env))"
WITH_DOTENV = (
    "console.log(JSON.stringify(require('dotenv').parse(require('fs').readFileSync('.env'))))"
)
environ = {name: value for name, value in os.environ.items() if name not in NAMES}


def run(*command):
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True)


for note in NOTES:
    lines = ["EDGE_URL=wss://backend.example/", f"EDGE_NOTE={note}", "EDGE_SECRET=secret"]
    pathlib.Path(".env").write_text("\n".join(lines) + "\n")
    readings = {
        "node": json.loads(run("node", "--env-file=.env", "-e", WITH_NODE).stdout),
        "dotenv": json.loads(run("node", "-e", WITH_DOTENV).stdout),
        "python-dotenv": dotenv.dotenv_values(".env"),
    }
    uv = ["venv/bin/uv", "run", "--no-project", "--python", "venv/bin/python", "--env-file", ".env"]
    loud, quiet = run(*uv, "show.py"), run(*uv, "--quiet", "show.py")
    print("uv:", loud.stdout.strip(), "| warning:", loud.stderr.strip())

    for reader, values in readings.items():
        found = [values[name] for name in NAMES]
        assert found == ["wss://backend.example/", note, "secret"], (reader, found)
    for found in (loud, quiet):
        assert found.stdout.strip() == "['wss://backend.example/', None, None]", found
    assert "Failed to parse environment file" in loud.stderr and note in loud.stderr, loud
    assert "EDGE_NOTE" not in loud.stderr, loud
    assert quiet.stderr == "", quiet
PY
venv/bin/python run.py
