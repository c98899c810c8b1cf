// Connect with Boost.Beast: g++ beast_client.cpp -lssl -lcrypto && ./a.out URL SECRET
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <cstdlib>
#include <iostream>
#include <regex>

namespace beast = boost::beast;
namespace websocket = beast::websocket;
namespace net = boost::asio;
using tcp = net::ip::tcp;

template <class Stream>
void talk(Stream& ws, std::string host, std::string path, std::string secret) {
    ws.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
        request.set("Authorization", "Bearer " + secret);
        request.set("X-Edge-Agent-Id", "edge_1");
    }));
    ws.handshake(host, path);
    ws.write(net::buffer(std::string("{\"type\":\"ping\"}")));
    for (;;) {
        beast::flat_buffer buffer;
        beast::error_code code;
        ws.read(buffer, code);
        if (code == websocket::error::closed)
            std::cerr << "closed: " << ws.reason().code << " " << ws.reason().reason << "\n";
        if (code) throw beast::system_error{code};
    }
}

int main(int, char** arguments) {
    std::smatch part;
    std::string url = arguments[1];
    std::regex_match(url, part, std::regex("(wss?)://([^:/]+):?(\\d*)(.*)"));
    try {
        net::io_context ioc;
        tcp::resolver resolver{ioc};
        auto found = resolver.resolve(part[2].str(), part[3].str());
        if (part[1] == "wss") {
            net::ssl::context context{net::ssl::context::tls_client};
            context.set_default_verify_paths();
            context.set_verify_mode(net::ssl::verify_peer);
            websocket::stream<beast::ssl_stream<tcp::socket>> ws{ioc, context};
            ws.next_layer().set_verify_callback(net::ssl::host_name_verification(part[2].str()));
            SSL_set_tlsext_host_name(ws.next_layer().native_handle(), part[2].str().c_str());
            net::connect(ws.next_layer().next_layer(), found);
            ws.next_layer().handshake(net::ssl::stream_base::client);
            talk(ws, part[2], part[4], arguments[2]);
        } else {
            websocket::stream<tcp::socket> ws{ioc};
            net::connect(ws.next_layer(), found);
            talk(ws, part[2], part[4], arguments[2]);
        }
    } catch (std::exception const& error) {
        std::cerr << "Error: " << error.what() << "\n";
    }
    return 1;
}
