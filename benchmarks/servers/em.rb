# A WebSocket with em-websocket: ruby em.rb PORT
require "em-websocket"

EM.run do
  EM::WebSocket.run(host: "127.0.0.1", port: ARGV[0].to_i) do |socket|
    agent = nil
    socket.onopen { |handshake| agent = handshake.query["edge_agent_id"] }
    socket.onmessage do
      raise "boom" if agent == "edge_3"
      socket.send('{"type":"pong"}')
    end
  end
end
