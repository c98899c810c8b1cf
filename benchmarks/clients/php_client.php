<?php // Connect with the streams of PHP: php php_client.php URL SECRET
[, $url, $secret] = $argv;
$part = parse_url($url);
$scheme = $part["scheme"] === "wss" ? "ssl" : "tcp";
$socket = stream_socket_client("$scheme://{$part['host']}:{$part['port']}", $number, $words, 3);
if (!$socket) {
    fwrite(STDERR, "stream failed: $words ($number)\n");
    exit(1);
}
$options = ["http" => ["timeout" => 3, "header" => "Authorization: Bearer $secret"]];
$address = preg_replace("/^ws/", "http", $url);
$answer = file_get_contents($address, false, stream_context_create($options));
