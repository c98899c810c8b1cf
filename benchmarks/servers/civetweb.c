// A WebSocket with CivetWeb: ./it PORT
#include <civetweb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int opened(const struct mg_connection *one, void *data) {
  (void)data;
  const char *query = mg_get_request_info(one)->query_string;
  return query && strstr(query, "edge_2") ? 1 : 0;
}

static int answered(struct mg_connection *one, int bits, char *text, size_t size, void *data) {
  (void)text, (void)size, (void)data;
  int opcode = bits & 15;
  if (opcode != MG_WEBSOCKET_OPCODE_TEXT) return opcode != MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE;
  const char *query = mg_get_request_info(one)->query_string;
  if (query && strstr(query, "edge_3")) return 0;
  const char *pong = "{\"type\":\"pong\"}";
  mg_websocket_write(one, MG_WEBSOCKET_OPCODE_TEXT, pong, strlen(pong));
  return 1;
}

int main(int count, char **given) {
  (void)count;
  char address[64] = "127.0.0.1:";
  strncat(address, given[1], 8);
  const char *options[] = {"listening_ports", address, "document_root", ".", NULL};
  struct mg_context *context = mg_start(NULL, NULL, options);
  if (context == NULL) return 1;
  mg_set_websocket_handler(context, "/edge/ws", opened, NULL, answered, NULL, NULL);
  pause();
}
