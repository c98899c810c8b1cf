# Connect with a client library of Perl: perl_clients.pl LIBRARY URL SECRET
use strict;
use warnings;
no warnings "once";
my ($library, $url, $secret) = @ARGV;
my %fields = ("Authorization" => "Bearer $secret", "X-Edge-Agent-Id" => "edge_1");
if ($library eq "mojo") {
    require Mojo::UserAgent;
    require Mojo::IOLoop;
    my $agent = Mojo::UserAgent->new(connect_timeout => 3, request_timeout => 3);
    $agent->websocket($url => \%fields => sub {
        my ($self, $tx) = @_;
        unless ($tx->is_websocket) {
            warn "WebSocket handshake failed: " . ($tx->error ? ($tx->error->{code} // "") . " " .
                $tx->error->{message} : "no error") . "!\n";
            return Mojo::IOLoop->stop;
        }
        $tx->on(finish => sub {
            warn "WebSocket closed with status $_[1] " . ($_[2] // "") . ".\n";
            Mojo::IOLoop->stop;
        });
        $tx->send('{"type":"ping"}');
    });
    Mojo::IOLoop->timer(4 => sub { Mojo::IOLoop->stop });
    Mojo::IOLoop->start;
} elsif ($library eq "anyevent") {
    require AnyEvent;
    require AnyEvent::WebSocket::Client;
    my $done = AnyEvent->condvar;
    my $client = AnyEvent::WebSocket::Client->new(timeout => 3, http_headers => \%fields);
    $client->connect($url)->cb(sub {
        my $connection = eval { shift->recv };
        if ($@) { warn $@; return $done->send }
        $connection->on(finish => sub { warn "finish\n"; $done->send });
        $connection->on(parse_error => sub { warn "parse error: $_[1]"; $done->send });
        $connection->send('{"type":"ping"}');
    });
    my $timer = AnyEvent->timer(after => 4, cb => sub { $done->send });
    $done->recv;
} else {
    require IO::Socket::SSL;
    $url =~ m{://([^:/]+):(\d+)};
    my $socket = IO::Socket::SSL->new(PeerHost => $1, PeerPort => $2, Timeout => 3)
        or die "failed to connect: $!, $IO::Socket::SSL::SSL_ERROR";
}
