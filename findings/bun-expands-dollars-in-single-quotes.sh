#!/bin/sh
# Bun replaces `$NAME` in a .env value even if it stands between single quotes.
#
# In a shell, single quotes protect a dollar sign, and npm's dotenv and `node --env-file` keep such
# a value as it is written. So a secret with a `$` that works with Node is cut short with Bun,
# without a word. Only a backslash before the `$` helps, which the others keep as a part of the
# value: there is no form of such a secret that all of them read alike.
#
# Needs npm and node 20.12 or later. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$folder" \
  bun@1.4.5 dotenv@18.0.10 >/dev/null
cd "$folder"
printf '%s\n' "EDGE_SECRET='a\$b'" > .env

with_bun=$(node_modules/.bin/bun --env-file=.env -e 'console.log(process.env.EDGE_SECRET)')
with_node=$(node -e '
  const {parseEnv} = require("node:util")
  console.log(parseEnv(require("fs").readFileSync(".env", "utf8")).EDGE_SECRET)')
with_dotenv=$(node -e '
  const {parse} = require("dotenv")
  console.log(parse(require("fs").readFileSync(".env", "utf8")).EDGE_SECRET)')

echo "EDGE_SECRET='a\$b': bun $with_bun, node $with_node, dotenv $with_dotenv"
[ "$with_bun" = a ] && [ "$with_node" = 'a$b' ] && [ "$with_dotenv" = 'a$b' ]
