// Backends on node's ws that differ in one respect each, at the host name's first label.
// Arguments: port, the file with the descriptions as JSON.
'use strict';
const fs = require('fs');
const http = require('http');
const { WebSocketServer } = require('ws');

const [port, file] = process.argv.slice(2);
const descriptions = JSON.parse(fs.readFileSync(file));

function tokenOf(request, its) {
  switch (its.place) {
    case 'query': return new URL(request.url, 'http://x').searchParams.get(its.name);
    case 'field': {
      const value = request.headers[its.name];
      if (value === undefined || !value.startsWith(its.before)) return null;
      return value.slice(its.before.length, value.length - (its.after ?? "").length);
    }
    case 'subprotocol': {
      const offered = (request.headers['sec-websocket-protocol'] || '').split(/\s*,\s*/);
      return offered.find((each) => each && each !== its.subprotocol) ?? null;
    }
    case 'basic': {
      const [scheme, pair] = (request.headers.authorization || '').split(' ');
      if (scheme !== 'Basic') return null;
      const [user, password] = Buffer.from(pair, 'base64').toString().split(/:(.*)/s);
      return user === its.user ? password : '';
    }
  }
  return its.secret;
}

function serve(socket, its) {
  if (its.welcome) socket.send(its.welcome);
  if (its.asks) {
    const asking = setInterval(() => socket.send(its.asks), 200);
    socket.on('close', () => clearInterval(asking));
    socket.send(its.asks);
  }
  socket.on('message', (data, isBinary) => {
    if (its.octets) {
      const [ping, pong] = its.octets.map((each) => Buffer.from(each, 'hex'));
      if (isBinary && data.equals(ping)) socket.send(pong);
    } else if (data.toString() === its.ping) socket.send(its.pong);
  });
}

const sockets = Object.fromEntries(Object.entries(descriptions).map(([name, its]) => {
  const handleProtocols = () => its.subprotocol ?? false;
  return [name, new WebSocketServer({ noServer: true, path: its.path, handleProtocols })];
}));
const server = http.createServer();
server.on('upgrade', (request, stream, head) => {
  const name = request.headers.host.split('.')[0];
  const its = descriptions[name];
  const refused = tokenOf(request, its) === null ? its.missing : its.rejected;
  if (Array.isArray(refused) && tokenOf(request, its) !== its.secret) {
    const [status, content] = refused;
    const head = ['Content-Type: application/json', `Content-Length: ${content.length}`];
    return stream.end(`HTTP/1.1 ${status} No\r\n${head.join('\r\n')}\r\n\r\n${content}`);
  }
  sockets[name].handleUpgrade(request, stream, head, (socket) => {
    const token = tokenOf(request, its);
    if (token === null) return socket.close(its.missing);
    if (its.place !== 'message') {
      return token === its.secret ? serve(socket, its) : socket.close(its.rejected);
    }
    socket.once('message', (data) => {
      if (JSON.parse(data).token !== its.secret) return socket.close(its.rejected);
      serve(socket, its);
    });
  });
});
server.listen(Number(port), '127.0.0.1');
