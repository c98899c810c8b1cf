// A WebSocket with WebSocket++: ./it PORT
#include <cstdlib>
#include <string>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/server.hpp>

using Server = websocketpp::server<websocketpp::config::asio>;

int main(int, char **given) {
  Server server;
  server.clear_access_channels(websocketpp::log::alevel::all);
  server.clear_error_channels(websocketpp::log::elevel::all);
  server.init_asio();
  server.set_reuse_addr(true);
  server.set_validate_handler([&](websocketpp::connection_hdl one) {
    auto connection = server.get_con_from_hdl(one);
    auto resource = connection->get_resource();
    if (resource.rfind("/edge/ws", 0) != 0) {
      connection->set_status(websocketpp::http::status_code::not_found);
      return false;
    }
    if (resource.find("edge_2") != std::string::npos) {
      connection->set_status(websocketpp::http::status_code::unauthorized);
      return false;
    }
    return true;
  });
  server.set_message_handler([&](websocketpp::connection_hdl one, Server::message_ptr) {
    if (server.get_con_from_hdl(one)->get_resource().find("edge_3") != std::string::npos) abort();
    server.send(one, "{\"type\":\"pong\"}", websocketpp::frame::opcode::text);
  });
  server.listen("127.0.0.1", given[1]);
  server.start_accept();
  server.run();
}
