// ocpp-rpc, as its documentation sets it up: Basic credentials, and a strict subprotocol.
// Arguments: port, the path before the identity, the password, the subprotocol.
'use strict';
const { RPCServer } = require('ocpp-rpc');

const [port, path, password, protocol] = process.argv.slice(2);
const server = new RPCServer({ protocols: [protocol], strictMode: false });
server.auth((accept, reject, handshake) => {
  if (handshake.endpoint !== path) return reject(404, 'Not found');
  const given = handshake.password;
  if (!given || given.toString('utf8') !== password) return reject(401, 'Unauthorized');
  accept({});
});
server.on('client', () => {});
server.listen(Number(port), '127.0.0.1');
