#!/bin/sh
# Deno takes the first of two assignments to a name in a .env file; node and dotenv the last.
#
# A new secret is often added below the old line, and the old one left for later. Shells, node,
# npm's dotenv and python-dotenv read the new one then. Deno keeps the old one, without a word: the
# same folder has one secret for a script that node runs and another for one that Deno runs.
#
# Needs npm and node 20.12 or later. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$folder" \
  deno@2.9.6 dotenv@18.0.10 >/dev/null
cd "$folder"
printf '%s\n' 'EDGE_SECRET=old' 'EDGE_SECRET=new' > .env

echo 'console.log(Deno.env.get("EDGE_SECRET"))' > show.ts
with_deno=$(node_modules/.bin/deno run --quiet --allow-env --env-file=.env show.ts)
with_node=$(node --env-file=.env -e 'console.log(process.env.EDGE_SECRET)')
with_dotenv=$(node -e '
  const {parse} = require("dotenv")
  console.log(parse(require("fs").readFileSync(".env", "utf8")).EDGE_SECRET)')

echo "old, then new: deno $with_deno, node $with_node, dotenv $with_dotenv"
[ "$with_deno" = old ] && [ "$with_node" = new ] && [ "$with_dotenv" = new ]
