# A WebSocket with faye-websocket, under puma or thin
require "faye/websocket"
Faye::WebSocket.load_adapter("thin") if defined?(Thin)

run lambda { |env|
  agent = Rack::Utils.parse_query(env["QUERY_STRING"])["edge_agent_id"]
  if env["PATH_INFO"] != "/edge/ws"
    next [404, { "Content-Type" => "text/plain" }, ["Not Found"]]
  end
  next [401, { "Content-Type" => "text/plain" }, ["Unauthorized"]] if agent == "edge_2"
  next [200, { "Content-Type" => "text/plain" }, ["hello"]] unless Faye::WebSocket.websocket?(env)

  socket = Faye::WebSocket.new(env)
  socket.on(:message) do
    raise "boom" if agent == "edge_3"
    socket.send('{"type":"pong"}')
  end
  socket.rack_response
}
