// Connect with System.Net.WebSockets on Mono: mcs MonoClient.cs && mono MonoClient.exe URL SECRET
using System;
using System.Net.WebSockets;
using System.Text;
using System.Threading;

class MonoClient {
    static void Main(string[] arguments) {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + arguments[1]);
        socket.Options.SetRequestHeader("X-Edge-Agent-Id", "edge_1");
        var limit = new CancellationTokenSource(4000).Token;
        try {
            socket.ConnectAsync(new Uri(arguments[0]), limit).GetAwaiter().GetResult();
            var ping = new ArraySegment<byte>(Encoding.UTF8.GetBytes("{\"type\":\"ping\"}"));
            socket.SendAsync(ping, WebSocketMessageType.Text, true, limit).GetAwaiter().GetResult();
            var room = new ArraySegment<byte>(new byte[70000]);
            while (socket.State == WebSocketState.Open) {
                socket.ReceiveAsync(room, limit).GetAwaiter().GetResult();
            }
            Console.Error.WriteLine(
                "closed: {0} {1}", socket.CloseStatus, socket.CloseStatusDescription);
        } catch (Exception error) {
            for (var each = error; each != null; each = each.InnerException) {
                Console.Error.WriteLine(
                    (each == error ? "" : " ---> ") + each.GetType() + ": " + each.Message);
            }
        }
        Environment.Exit(1);
    }
}
