// A WebSocket in Tomcat: java -cp … Tomcat.java PORT FOLDER
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpoint;

public class Tomcat {
  @ServerEndpoint("/edge/ws")
  public static class Edge {
    @OnMessage
    public String answer(String text, Session session) {
      if (session.getQueryString().contains("edge_3")) throw new IllegalStateException("boom");
      return "{\"type\":\"pong\"}";
    }
  }

  public static class Refuse implements jakarta.servlet.Filter {
    public void doFilter(
        jakarta.servlet.ServletRequest request,
        jakarta.servlet.ServletResponse response,
        jakarta.servlet.FilterChain chain)
        throws java.io.IOException, jakarta.servlet.ServletException {
      var query = ((jakarta.servlet.http.HttpServletRequest) request).getQueryString();
      if (query != null && query.contains("edge_2")) {
        ((jakarta.servlet.http.HttpServletResponse) response).sendError(401);
      } else {
        chain.doFilter(request, response);
      }
    }
  }

  public static class Listener implements ServletContextListener {
    public void contextInitialized(ServletContextEvent event) {
      try {
        var name = "jakarta.websocket.server.ServerContainer";
        var container = (ServerContainer) event.getServletContext().getAttribute(name);
        container.addEndpoint(Edge.class);
      } catch (Exception error) {
        throw new RuntimeException(error);
      }
    }
  }

  public static void main(String[] given) throws Exception {
    var tomcat = new org.apache.catalina.startup.Tomcat();
    tomcat.setBaseDir(given[1]);
    tomcat.setPort(Integer.parseInt(given[0]));
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    var context = tomcat.addContext("", given[1]);
    context.addServletContainerInitializer(
        new org.apache.tomcat.websocket.server.WsSci(), java.util.Set.of());
    context.addApplicationListener(Listener.class.getName());
    context.setParentClassLoader(Tomcat.class.getClassLoader());
    var filter = new org.apache.tomcat.util.descriptor.web.FilterDef();
    filter.setFilterName("refuse");
    filter.setFilter(new Refuse());
    context.addFilterDef(filter);
    var map = new org.apache.tomcat.util.descriptor.web.FilterMap();
    map.setFilterName("refuse");
    map.addURLPattern("/*");
    context.addFilterMap(map);
    var servlet = new org.apache.catalina.servlets.DefaultServlet();
    org.apache.catalina.startup.Tomcat.addServlet(context, "default", servlet);
    context.addServletMappingDecoded("/", "default");
    tomcat.start();
    tomcat.getServer().await();
  }
}
