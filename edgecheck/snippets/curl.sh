#!/bin/sh
# The opening handshake alone, with curl 7.55 or newer: prints the head of the HTTP answer and ends. 101 means that the socket opens;
# whether the backend then takes the secret, only a client that reads on can tell: edgecheck doctor.
#
# Install:  curl is there already, or is a package of the system
# Run:      edgecheck snippet curl --output edge_handshake.sh
#           set -a; . ./.env; set +a     # BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID
#           sh edge_handshake.sh
set -eu

base=${BACKEND_URL%/}
base=${base%/edge/ws}
# http:// and https://: with ws://, newer versions of curl do a handshake of their own.
case $base in ws*) base=http${base#ws} ;; esac

# The secret comes by standard input: an argument would stand in the process list.
# --head ends after the head, where curl would wait for more of an open socket; the request is a GET all the same. Whatever curl then
# thinks of a GET without a body, the answer is what tells.
answer=$(
  printf 'Authorization: Bearer %s\n' "$EDGE_SECRET" |
    curl --silent --max-time 10 --http1.1 --head --request GET --get \
      --header @- \
      --header "X-Edge-Agent-Id: $EDGE_AGENT_ID" \
      --header 'Connection: Upgrade' \
      --header 'Upgrade: websocket' \
      --header 'Sec-WebSocket-Version: 13' \
      --header "Sec-WebSocket-Key: $(head -c 16 /dev/urandom | base64)" \
      --data-urlencode "edge_agent_id=$EDGE_AGENT_ID" \
      "$base/edge/ws" |
    tr -cd '\n -~' # nothing that a terminal would obey
)
printf '%s\n' "$answer"
case $answer in
'HTTP/1.1 101'*) ;;
*)
  echo "The socket does not open. Why: edgecheck doctor" >&2
  exit 1
  ;;
esac
