// The backend on node's ws.
// Arguments: port, the content of behaviour.py as JSON, and for TLS the key and certificate files.
'use strict';
const fs = require('fs');
const https = require('https');
const { WebSocketServer } = require('ws');

const [port, shared, key, cert] = process.argv.slice(2);
const { secret, path, agents, pong, command, replaced } = JSON.parse(shared);

function refusalOf(authorization) {
  if (authorization === undefined) return [4001, 'Missing Authorization header'];
  const space = authorization.indexOf(' ');
  if (space < 0 || authorization.slice(0, space) !== 'Bearer') {
    return [4001, 'Invalid Authorization header'];
  }
  return authorization.slice(space + 1) === secret ? null : [1008, 'Token verification failed'];
}

function behaviourOf(request) {
  const agent = new URL(request.url, 'http://x').searchParams.get('edge_agent_id');
  return agents[agent] || 'healthy';
}

function verifyClient({ req }, done) {
  const refusal = refusalOf(req.headers.authorization);
  switch (behaviourOf(req)) {
    case 'never accepts': return;
    case 'denies with 401': {
      const fields = { 'WWW-Authenticate': 'Bearer' };
      return done(!refusal, 401, '{"detail":"Invalid token"}', fields);
    }
    case 'denies with 403': return done(!refusal, 403, '{"detail":"Invalid token"}');
    case 'judges before accept': return done(!refusal, 403);
    case 'raises before accept': return done(false, 500);
  }
  done(true);
}

function answersTo(behaviour, text) {
  if (JSON.parse(text).type !== 'ping') return [];
  switch (behaviour) {
    case 'chatty': return [command, '{"type":"welcome"}', pong];
    case 'never answers': return [];
    case 'echoes': return [text];
    case 'answers plain text': return ['pong'];
    case 'sends 2 MiB': return ['{"type":"' + 'x'.repeat(2 * 1024 * 1024) + '"}'];
  }
  return [pong];
}

// The server that WebSocketServer makes itself answers a plain request; one that it is given does
// not, until it is told to.
const here = { port: Number(port), host: '127.0.0.1' };
const issued = () => ({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) });
const server = key && https.createServer(issued()).listen(here);
const sockets = new WebSocketServer({ ...(server ? { server } : here), path, verifyClient });
sockets.on('connection', (socket, request) => {
  const behaviour = behaviourOf(request);
  const refusal = refusalOf(request.headers.authorization);
  socket.on('error', (error) => console.error(error.message));
  if (refusal) return socket.close(...refusal);
  if (behaviour === 'closes as replaced') return socket.close(...replaced);
  if (behaviour === 'returns after accept') return socket.close();
  socket.on('message', (data) => {
    if (behaviour === 'raises at the ping') return socket.terminate();
    for (const answer of answersTo(behaviour, data.toString())) socket.send(answer);
  });
});
