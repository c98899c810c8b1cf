// The backend on node's ws. Arguments: port, and what behaviour.py says, as JSON; for TLS, the files of key and certificate.
'use strict';
const fs = require('fs');
const https = require('https');
const { WebSocketServer } = require('ws');

const [port, shared, key, cert] = process.argv.slice(2);
const { secret, path, agents, pong, command, replaced } = JSON.parse(shared);

function refusalOf(authorization) {
  if (authorization === undefined) return [4001, 'Missing Authorization header'];
  const space = authorization.indexOf(' ');
  if (space < 0 || authorization.slice(0, space) !== 'Bearer') return [4001, 'Invalid Authorization header'];
  return authorization.slice(space + 1) === secret ? null : [1008, 'Token verification failed'];
}

const behaviourOf = (request) => agents[new URL(request.url, 'http://x').searchParams.get('edge_agent_id')] || 'healthy';

function verifyClient({ req }, done) {
  const refusal = refusalOf(req.headers.authorization);
  switch (behaviourOf(req)) {
    case 'never accepts': return;
    case 'denies with 401': return done(!refusal, 401, '{"detail":"Invalid token"}', { 'WWW-Authenticate': 'Bearer' });
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

// The server that WebSocketServer makes by itself answers a plain request; one that is brought along has to be told to.
const server = key && https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) }).listen(Number(port), '127.0.0.1');
const sockets = new WebSocketServer({ ...(server ? { server } : { port: Number(port), host: '127.0.0.1' }), path, verifyClient });
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
