# Connect with a client library of Ruby: ruby_clients.rb LIBRARY URL SECRET
library, url, secret = ARGV
fields = { "Authorization" => "Bearer #{secret}", "X-Edge-Agent-Id" => "edge_1" }
case library
when "faye"
  require "faye/websocket"
  require "eventmachine"
  EM.run do
    socket = Faye::WebSocket::Client.new(url, [], headers: fields)
    socket.on(:open) { socket.send('{"type":"ping"}') }
    socket.on(:error) { |event| warn "error: #{event.message}" }
    socket.on(:close) { |event| warn "close: #{event.code} #{event.reason}"; EM.stop }
    EM.add_timer(4) { EM.stop }
  end
when "net-http"
  require "net/http"
  uri = URI(url.sub("ws", "http"))
  Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https", open_timeout: 3,
                  read_timeout: 3) do |http|
    http.get(uri.request_uri, fields).value
  end
when "socket"
  require "socket"
  uri = URI(url) rescue (require "uri"; uri = URI(url))
  socket = TCPSocket.new(uri.host, uri.port)
  if uri.scheme == "wss"
    require "openssl"
    socket = OpenSSL::SSL::SSLSocket.new(socket, OpenSSL::SSL::SSLContext.new.tap(&:set_params))
    socket.hostname = uri.host
    socket.connect
    socket.post_connection_check(uri.host)
  end
  require "websocket"
  handshake = WebSocket::Handshake::Client.new(url: url, headers: fields)
  socket.write(handshake.to_s)
  handshake << socket.readline until handshake.finished?
  raise "#{handshake.error}" unless handshake.valid?
  socket.readpartial(100)
end
