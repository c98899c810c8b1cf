#!/bin/sh
# Answers each line with a pong, for websocketd.
while read -r _; do echo '{"type":"pong"}'; done
