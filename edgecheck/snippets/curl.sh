#!/bin/sh
# The opening handshake alone, with curl 7.55 or newer: prints the head of the HTTP answer and ends.
# 101 means that the socket opens. It does not mean that the backend accepts the secret: that shows
# only later, to a client that goes on reading. edgecheck doctor does.
#
# Install:  curl is installed already, or is a package of the system
# Run:      edgecheck snippet curl --output edge_handshake.sh
#           set -a; . ./.env; set +a     # BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID
#           sh edge_handshake.sh
set -eu

base=${BACKEND_URL%/}
path='/edge/ws'
base=${base%"$path"}$path
# http:// or https://, because newer versions of curl make their own handshake for ws://.
case $base in ws*) base=http${base#ws} ;; esac

# The secret goes through standard input, because every user can read arguments in the process list.
# With --head curl ends after the head; otherwise it would wait for more from the open socket. With
# --request GET the method is GET all the same. The exit code of curl does not matter: a GET without
# a body may be an error to curl. What counts is the answer.
answer=$(
  printf 'Authorization: Bearer %s\n' "$EDGE_SECRET" |
    curl --silent --max-time 10 --http1.1 --head --request GET --get \
      --header @- \
      --header 'X-Edge-Agent-Id: '"$EDGE_AGENT_ID" \
      --header 'Connection: Upgrade' \
      --header 'Upgrade: websocket' \
      --header 'Sec-WebSocket-Version: 13' \
      --header "Sec-WebSocket-Key: $(head -c 16 /dev/urandom | base64)" \
      --data-urlencode 'edge_agent_id'="$EDGE_AGENT_ID" \
      "$base" |
    tr -cd '\n -~' # remove characters that could control the terminal
)
printf '%s\n' "$answer"
case $answer in
'HTTP/1.1 101'*) ;;
*)
  echo "The socket does not open. Why: edgecheck doctor" >&2
  exit 1
  ;;
esac
