// A WebSocket in Deno: deno run --allow-net deno.js PORT
Deno.serve({ port: Number(Deno.args[0]), hostname: "127.0.0.1", onListen() {} }, (request) => {
  const url = new URL(request.url);
  if (url.pathname !== "/edge/ws") return new Response("Not Found", { status: 404 });
  const agent = url.searchParams.get("edge_agent_id");
  if (agent === "edge_2") return new Response("Unauthorized", { status: 401 });
  if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 501 });
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onmessage = () => {
    if (agent === "edge_3") throw new Error("boom");
    socket.send('{"type":"pong"}');
  };
  return response;
});
