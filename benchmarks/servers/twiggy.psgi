# A WebSocket with Twiggy and Protocol::WebSocket
use strict;
use warnings;
use AnyEvent::Handle;
use Protocol::WebSocket::Handshake::Server;

sub {
  my $env = shift;
  my $query = $env->{QUERY_STRING} // '';
  return [404, ['Content-Type' => 'text/plain'], ['Not Found']] if $env->{PATH_INFO} ne '/edge/ws';
  return [401, ['Content-Type' => 'text/plain'], ['Unauthorized']] if $query =~ /edge_2/;
  my $handshake = Protocol::WebSocket::Handshake::Server->new_from_psgi($env);
  return [500, ['Content-Type' => 'text/plain'], [$handshake->error || 'no']]
    unless $handshake->parse($env->{'psgix.io'}) && $handshake->is_done;
  return sub {
    my $handle = AnyEvent::Handle->new(fh => $env->{'psgix.io'});
    my $frame = $handshake->build_frame;
    $handle->push_write($handshake->to_string);
    $handle->on_read(sub {
      $frame->append($_[0]->rbuf);
      $_[0]->rbuf = '';
      while (defined(my $message = $frame->next)) {
        next unless $frame->is_text;
        die 'boom' if $query =~ /edge_3/;
        $handle->push_write($handshake->build_frame(buffer => '{"type":"pong"}')->to_bytes);
      }
    });
    $handle->on_error(sub { undef $handle });
    $handle->on_eof(sub { undef $handle });
  };
};
