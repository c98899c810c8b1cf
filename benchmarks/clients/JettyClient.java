// Connect with Jetty: java -cp jetty9-*.jar JettyClient.java URL SECRET
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.WebSocketAdapter;
import org.eclipse.jetty.websocket.client.ClientUpgradeRequest;
import org.eclipse.jetty.websocket.client.WebSocketClient;

public class JettyClient {
    static final CountDownLatch ended = new CountDownLatch(1);

    public static class Endpoint extends WebSocketAdapter {
        @Override public void onWebSocketClose(int code, String reason) {
            System.err.println("onWebSocketClose: " + code + " " + reason);
            ended.countDown();
        }

        @Override public void onWebSocketError(Throwable error) {
            System.err.println("onWebSocketError: " + error);
        }
    }

    public static void main(String[] arguments) throws Exception {
        WebSocketClient client = new WebSocketClient();
        client.setConnectTimeout(3000);
        client.start();
        ClientUpgradeRequest request = new ClientUpgradeRequest();
        request.setHeader("Authorization", "Bearer " + arguments[1]);
        request.setHeader("X-Edge-Agent-Id", "edge_1");
        try {
            Session session = client.connect(new Endpoint(), URI.create(arguments[0]), request)
                .get(4, TimeUnit.SECONDS);
            session.getRemote().sendString("{\"type\":\"ping\"}");
            ended.await(3, TimeUnit.SECONDS);
        } catch (Exception error) {
            System.err.println(error);
        }
        System.exit(1);
    }
}
