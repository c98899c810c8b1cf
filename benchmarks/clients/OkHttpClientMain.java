// Connect with OkHttp: java -cp okhttp.jar:okio.jar OkHttpClientMain.java URL SECRET
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;

public class OkHttpClientMain {
    public static void main(String[] arguments) throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        OkHttpClient client = new OkHttpClient.Builder()
            .connectTimeout(3, TimeUnit.SECONDS).readTimeout(3, TimeUnit.SECONDS)
            .pingInterval(1, TimeUnit.SECONDS).build();
        Request request = new Request.Builder().url(arguments[0])
            .header("Authorization", "Bearer " + arguments[1])
            .header("X-Edge-Agent-Id", "edge_1").build();
        client.newWebSocket(request, new WebSocketListener() {
            @Override public void onOpen(WebSocket socket, Response response) {
                socket.send("{\"type\":\"ping\"}");
            }

            @Override public void onFailure(WebSocket socket, Throwable error, Response response) {
                System.err.println("onFailure: " + error);
                ended.countDown();
            }

            @Override public void onClosing(WebSocket socket, int code, String reason) {
                System.err.println("onClosing: " + code + " / " + reason);
                ended.countDown();
            }
        });
        ended.await(5, TimeUnit.SECONDS);
        System.exit(1);
    }
}
