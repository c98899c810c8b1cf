%% Connect with the ssl and httpc of Erlang/OTP: escript erlang_client.escript URL SECRET
main([Url, Secret]) ->
    {ok, _} = application:ensure_all_started(ssl),
    {ok, _} = application:ensure_all_started(inets),
    Http = re:replace(Url, "^ws", "http", [{return, list}]),
    Fields = [{"Authorization", "Bearer " ++ Secret}, {"X-Edge-Agent-Id", "edge_1"}],
    File = os:getenv("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
    Match = [{match_fun, public_key:pkix_verify_hostname_match_fun(https)}],
    Ssl = [{verify, verify_peer}, {cacertfile, File}, {customize_hostname_check, Match}],
    Options = [{timeout, 3000}, {connect_timeout, 3000}, {ssl, Ssl}],
    Words = case httpc:request(get, {Http, Fields}, Options, []) of
        {ok, {Line, _, _}} -> {ok, Line};
        Other -> Other
    end,
    io:format(standard_error, "~p~n", [Words]).
