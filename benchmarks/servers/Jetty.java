// A WebSocket in Jetty 9: java -cp … Jetty.java PORT
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.WebSocketAdapter;
import org.eclipse.jetty.websocket.servlet.WebSocketServlet;
import org.eclipse.jetty.websocket.servlet.WebSocketServletFactory;

public class Jetty {
  public static class Edge extends WebSocketAdapter {
    private final String query;

    Edge(String query) {
      this.query = query;
    }

    @Override
    public void onWebSocketText(String text) {
      if (query.contains("edge_3")) throw new IllegalStateException("boom");
      try {
        getRemote().sendString("{\"type\":\"pong\"}");
      } catch (java.io.IOException error) {
        throw new RuntimeException(error);
      }
    }
  }

  public static class Sockets extends WebSocketServlet {
    @Override
    public void configure(WebSocketServletFactory factory) {
      factory.setCreator(
          (request, response) -> {
            if (request.getQueryString().contains("edge_2")) {
              try {
                response.sendForbidden("no");
              } catch (java.io.IOException error) {
                throw new RuntimeException(error);
              }
              return null;
            }
            return new Edge(request.getQueryString());
          });
    }
  }

  public static void main(String[] given) throws Exception {
    System.setProperty("org.eclipse.jetty.LEVEL", "OFF");
    var server = new Server();
    var connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(given[0]));
    server.addConnector(connector);
    var context = new ServletContextHandler();
    context.setContextPath("/");
    context.addServlet(new ServletHolder(new Sockets()), "/edge/ws");
    server.setHandler(context);
    server.start();
    server.join();
  }
}
