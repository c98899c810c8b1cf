// A WebSocket with libsoup: ./it PORT
#include <libsoup/soup.h>
#include <stdlib.h>
#include <string.h>

static void on_message(SoupWebsocketConnection *socket, gint type, GBytes *text, gpointer query) {
  (void)type, (void)text;
  if (query && strstr(query, "edge_3")) abort();
  soup_websocket_connection_send_text(socket, "{\"type\":\"pong\"}");
}

static void on_open(SoupServer *server, SoupServerMessage *message, const char *path,
                    SoupWebsocketConnection *socket, gpointer data) {
  (void)server, (void)path, (void)data;
  const char *query = g_uri_get_query(soup_server_message_get_uri(message));
  g_signal_connect(g_object_ref(socket), "message", G_CALLBACK(on_message), g_strdup(query));
}

int main(int count, char **given) {
  (void)count;
  SoupServer *server = soup_server_new("server-header", "edge ", NULL);
  soup_server_add_websocket_handler(server, "/edge/ws", NULL, NULL, on_open, NULL, NULL);
  SoupServerListenOptions only = SOUP_SERVER_LISTEN_IPV4_ONLY;
  if (!soup_server_listen_local(server, atoi(given[1]), only, NULL)) return 1;
  g_main_loop_run(g_main_loop_new(NULL, FALSE));
}
