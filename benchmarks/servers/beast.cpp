// A WebSocket with Boost.Beast, as in its own example: ./it PORT
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdlib>
#include <thread>

namespace beast = boost::beast;
using tcp = boost::asio::ip::tcp;

void talk(tcp::socket connection) {
  try {
    beast::websocket::stream<tcp::socket> socket{std::move(connection)};
    socket.accept();
    for (;;) {
      beast::flat_buffer text;
      socket.read(text);
      socket.text(true);
      socket.write(boost::asio::buffer(std::string{"{\"type\":\"pong\"}"}));
    }
  } catch (const std::exception &) {
  }
}

int main(int, char **given) {
  boost::asio::io_context context{1};
  auto port = static_cast<unsigned short>(std::atoi(given[1]));
  tcp::acceptor listener{context, {boost::asio::ip::make_address("127.0.0.1"), port}};
  for (;;) {
    tcp::socket connection{context};
    listener.accept(connection);
    std::thread(talk, std::move(connection)).detach();
  }
}
