#!/bin/sh
# A ping by hand, with wscat 5 or newer on Node.js 20 or newer: prints the pong, and everything else
# that comes within 2 seconds.
#
# Install:  npm install --global wscat
# Run:      edgecheck snippet wscat --output edge_ping.sh
#           set -a; . ./.env; set +a     # BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID
#           sh edge_ping.sh
set -eu

base=${BACKEND_URL%/}
# Percent-encode every byte, which is always allowed.
agent_id=$(printf %s "$EDGE_AGENT_ID" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g')
path='/edge/ws'
base=${base%"$path"}$path

# wscat takes header fields only as arguments, and every user can read those in the process list. So
# node runs the program of wscat, and adds the argument with the secret inside the process, from the
# environment.
secret='"Authorization:Bearer "+process.env.EDGE_SECRET'
add_secret="data:text/javascript,process.argv.push(\"--header\",$secret)"

# wscat ends when its standard input ends; sleep keeps that open. Without sleep, --execute and
# --wait, wscat is a prompt.
sleep 4 | node --import "$add_secret" "$(command -v wscat)" \
  --connect "$base""?edge_agent_id=$agent_id" \
  --header 'X-Edge-Agent-Id:'"$EDGE_AGENT_ID" \
  --execute '{"type":"ping"}' --wait 2 | grep . || {
  echo "No answer. Why: edgecheck doctor" >&2
  exit 1
}
