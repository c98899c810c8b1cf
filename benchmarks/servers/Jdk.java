// The plain HTTP server that comes with Java: java Jdk.java PORT
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

public class Jdk {
  public static void main(String[] given) throws Exception {
    var address = new InetSocketAddress("127.0.0.1", Integer.parseInt(given[0]));
    var server = HttpServer.create(address, 0);
    server.createContext(
        "/edge/ws",
        exchange -> {
          var text = "hello".getBytes();
          exchange.sendResponseHeaders(200, text.length);
          exchange.getResponseBody().write(text);
          exchange.close();
        });
    server.start();
  }
}
