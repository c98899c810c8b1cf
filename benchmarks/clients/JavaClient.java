// Connect with java.net.http, and let the exception end the program.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

public class JavaClient {
    public static void main(String[] arguments) throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        WebSocket.Listener listener = new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                System.err.println("onClose: statusCode=" + code + " reason=" + reason);
                ended.countDown();
                return null;
            }

            @Override
            public void onError(WebSocket socket, Throwable error) {
                error.printStackTrace();
                ended.countDown();
            }
        };
        HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3)).build();
        WebSocket socket = client.newWebSocketBuilder()
            .connectTimeout(Duration.ofSeconds(3))
            .header("Authorization", "Bearer " + arguments[1])
            .header("X-Edge-Agent-Id", "edge_1")
            .buildAsync(URI.create(arguments[0]), listener)
            .join();
        socket.sendText("{\"type\":\"ping\"}", true).join();
        ended.await(3, TimeUnit.SECONDS);
        System.exit(1);
    }
}
