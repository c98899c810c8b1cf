// socket.io on its own HTTP server, as its documentation sets it up.
// Arguments: port, the path, the token that the connect packet must have.
'use strict';
const { Server } = require('socket.io');

const [port, path, token] = process.argv.slice(2);
const io = new Server(Number(port), { path, pingInterval: 1000 });
io.use((socket, next) => {
  next(socket.handshake.auth.token === token ? undefined : new Error('unauthorized'));
});
