// graphql-ws on node's ws, as its documentation sets it up.
// Arguments: port, path, the token that connection_init must have.
'use strict';
const { WebSocketServer } = require('ws');
const { useServer } = require('graphql-ws/use/ws');
const { GraphQLObjectType, GraphQLSchema, GraphQLString } = require('graphql');

const [port, path, token] = process.argv.slice(2);
const hello = { type: GraphQLString, resolve: () => 'hello' };
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { hello } }),
});
const server = new WebSocketServer({ port: Number(port), host: '127.0.0.1', path });
// False closes with 4403: Forbidden.
const onConnect = ({ connectionParams }) => connectionParams?.token === token;
useServer({ schema, onConnect }, server);
