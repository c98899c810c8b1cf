// Connect with Tomcat's client of the Jakarta API: java -cp tomcat10-*.jar TomcatClient.java ...
import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.CloseReason;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

public class TomcatClient {
    public static void main(String[] arguments) throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        ClientEndpointConfig config = ClientEndpointConfig.Builder.create().configurator(
            new ClientEndpointConfig.Configurator() {
                @Override public void beforeRequest(Map<String, List<String>> headers) {
                    headers.put("Authorization", List.of("Bearer " + arguments[1]));
                    headers.put("X-Edge-Agent-Id", List.of("edge_1"));
                }
            }).build();
        config.getUserProperties().put("org.apache.tomcat.websocket.IO_TIMEOUT_MS", "3000");
        try {
            ContainerProvider.getWebSocketContainer().connectToServer(new Endpoint() {
                @Override public void onOpen(Session session, EndpointConfig ignored) {
                    session.getAsyncRemote().sendText("{\"type\":\"ping\"}");
                }

                @Override public void onClose(Session session, CloseReason reason) {
                    System.err.println("onClose: " + reason);
                    ended.countDown();
                }

                @Override public void onError(Session session, Throwable error) {
                    System.err.println("onError: " + error);
                }
            }, config, URI.create(arguments[0]));
            ended.await(3, TimeUnit.SECONDS);
        } catch (Exception error) {
            for (Throwable each = error; each != null; each = each.getCause()) {
                System.err.println((each == error ? "" : "Caused by: ") + each);
            }
        }
        System.exit(1);
    }
}
