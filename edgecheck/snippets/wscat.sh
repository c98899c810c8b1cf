#!/bin/sh
# A ping by hand, with wscat 5 or newer on Node.js 20 or newer: prints the pong, and what else comes within 2 seconds.
#
# Install:  npm install --global wscat
# Run:      edgecheck snippet wscat --output edge_ping.sh
#           set -a; . ./.env; set +a     # BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID
#           sh edge_ping.sh
set -eu

base=${BACKEND_URL%/}
base=${base%/edge/ws}
# Every byte percent-encoded, which is always allowed.
agent_id=$(printf %s "$EDGE_AGENT_ID" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g')

# wscat takes headers as arguments alone, and an argument stands in the process list. So this one is added inside of the process, from its
# environment: what is called is node, with the program that wscat is. It ends with its standard input, which sleep keeps open.
# Without sleep, --execute and --wait, wscat is a prompt.
sleep 4 | node --import 'data:text/javascript,process.argv.push("--header","Authorization:Bearer "+process.env.EDGE_SECRET)' \
  "$(command -v wscat)" --connect "$base/edge/ws?edge_agent_id=$agent_id" --header "X-Edge-Agent-Id:$EDGE_AGENT_ID" \
  --execute '{"type":"ping"}' --wait 2 | grep . || {
  echo "No answer. Why: edgecheck doctor" >&2
  exit 1
}
