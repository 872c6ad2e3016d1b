using System.CommandLine;
using Unarr.Agent.Arguments;
using Unarr.Agent.Connecting;
using Unarr.Agent.Running;
using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.CommandLine;

namespace Unarr.Agent.Probing;

/// <summary>The command <c>probe</c>: what a path does to a stream.</summary>
internal static class ProbeCommand
{
    private const int PipedWidth = 120;

    private const string Notes =
        """
        A probe takes a minute at most. The URL is that of any event stream, or a control plane's address, with its path where it has
        one. A control plane sends a known rhythm: events at 0, 5, 25, 125, 625 ms and 3 s, with and without 2 KiB of comment first. It
        wants the agent's key. The verdict is then measured, in about 3 seconds, together with the agent's own stream. Any other verdict
        is inferred from the heartbeats and events that come within --watch. With --method or --data only the URL is asked, once.
        Redirects are not followed. Times are counted from the start of the request.

        Exit codes, by verdict:
           0  streams                 what is sent arrives at once
          10  delayed                 it arrives late, but while the stream goes on
          11  preamble then buffered  the first bytes arrive, then no more
          12  buffered until the end  nothing arrives before the response ends
          13  no stream here          an answer, but no event stream that can be read
          14  unreachable             no connection, or no answer to any request
          15  unknown                 the server answers, but too little came to know what the path does
          16  one piece behind        each piece arrives only when the next one is sent
           1  interrupted             Ctrl-C or SIGTERM ended the probe
           2  usage                   wrong arguments

        Examples:
          unarr-agent probe https://control.example.com --api-key-file /etc/unarr/key
          unarr-agent probe https://example.com/stream
          unarr-agent probe https://control.internal --ca-file /etc/unarr/authority.pem
          unarr-agent probe --json https://example.com/stream | jq -r .verdict
          unarr-agent probe https://models.example.com/v1/messages --header @key.header --header 'Content-Type: application/json' \
              --data '{"stream":true,"messages":[{"role":"user","content":"Count to ten."}]}'

        """;

    private static readonly ProbeOptions Default = new() { Url = new Uri("about:blank") };

    public static Command Create(Surroundings surroundings)
    {
        var url = new Argument<string>("URL") { Description = "The URL of the event stream, or the address of the control plane." };
        var json = new Option<bool>("--json") { Description = "Print one JSON line instead of a table; its times are milliseconds." };
        Option<string?> keyFile = TextArgument.Option(
            "--api-key-file", "FILE", "The file with the API key. [default: the environment's UNARR_API_KEY, or none]");
        Option<TimeSpan?> window = DurationArgument.Option(
            "--watch", "How long a stream without a known rhythm is watched.", Default.Window, TimeSpan.FromMilliseconds(100),
            Default.Window);
        Option<TimeSpan?> tolerance = DurationArgument.Option(
            "--tolerance", "How late bytes may come without counting as held back.", Default.Tolerance, TimeSpan.FromMilliseconds(1),
            TimeSpan.FromSeconds(20));
        Option<TimeSpan?> connect = DurationArgument.Option(
            "--connect-timeout", "How long connection and response headers may take.", Default.ConnectTimeout, TimeSpan.FromMilliseconds(1),
            Default.ConnectTimeout);
        Option<string?> caFile = TextArgument.Option(
            "--ca-file", "FILE", "More certificate authorities (PEM), in addition to the system's. [default: none]");
        var insecure = new Option<bool>("--allow-insecure-http")
        {
            Description = "Send the key over http:// to hosts other than loopback, where everybody on the way can read it.",
        };

        var header = new Option<string[]>(ProbeRequestArguments.HeaderOption)
        {
            Description = "One more header, 'Name: value', or @FILE with one header a line. It can be repeated. It is never printed.",
            HelpName = "HEADER",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> method = TextArgument.Option("--method", "METHOD", "The request's method. [default: GET, or POST with --data]");
        Option<string?> data = TextArgument.Option("--data", "TEXT|@FILE", "The request's body: a text, or the content of a file.");

        var command = new DocumentedCommand("probe", "Reports what the path does to an event stream, and what to change.", Notes)
        {
            url, json, keyFile, header, method, data, window, tolerance, connect, caFile, insecure,
        };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            surroundings, () => Options(arguments), arguments.GetValue(json), cancellationToken));
        return command;

        ProbeOptions Options(ParseResult arguments)
        {
            string? key = Key(surroundings, arguments.GetValue(keyFile));
            ProbeRequest request = new()
            {
                Key = key,
                Headers = ProbeRequestArguments.Headers(arguments.GetValue(header) ?? []),
                Method = arguments.GetValue(method) is { } word ? ProbeRequestArguments.Method(word) : null,
                Data = arguments.GetValue(data) is { } text ? ProbeRequestArguments.Data(text) : null,
            };
            return new ProbeOptions
            {
                Url = Url(arguments, arguments.GetValue(url)!, request.HasKey && !arguments.GetValue(insecure)),
                Request = request,
                Environment = surroundings.Environment,
                Authorities = arguments.GetValue(caFile) is { } authorities ? new CertificateAuthorities(authorities) : null,
                Window = arguments.GetValue(window) ?? Default.Window,
                IsWindowFixed = arguments.GetValue(window) is not null,
                Tolerance = arguments.GetValue(tolerance) ?? Default.Tolerance,
                ConnectTimeout = arguments.GetValue(connect) ?? Default.ConnectTimeout,
            };
        }
    }

    private static async Task<int> RunAsync(
        Surroundings surroundings, Func<ProbeOptions> read, bool json, CancellationToken cancellationToken)
    {
        ProbeReport report;
        try
        {
            ProbeOptions options = await SmallFile.OpenedAsync(read, cancellationToken).ConfigureAwait(false);
            if (!json && surroundings is { Terminal: not null, ErrorIsTerminal: true })
            {
                await surroundings.Error.WriteLineAsync("Probing, a minute at most …").ConfigureAwait(false);
            }

            report = await new Probe(options, TimeProvider.System).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // 0 would say that the path streams.
            return ExitCode.Failure;
        }

        if (json)
        {
            await surroundings.Output.WriteAsync(ProbeJson.Line(report), CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            var text = new StreamWriter(surroundings.Output, leaveOpen: true);
            await using (text.ConfigureAwait(false))
            {
                bool coloured = surroundings.Terminal is not null && string.IsNullOrEmpty(surroundings.Environment("NO_COLOR"));
                ProbeTable.Write(report, text, surroundings.Terminal?.Width ?? PipedWidth, coloured);
            }
        }

        return (int)report.Finding.Verdict;
    }

    private static Uri Url(ParseResult arguments, string text, bool keyNeedsTls)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
        {
            // A header without its quotes falls into pieces, of which one may be a secret.
            string what = ProbeRequestArguments.HasHeader(arguments) ? "The URL" : $"'{text}'";
            throw new UsageException($"{what} is not an absolute http or https URL.");
        }

        return url switch
        {
            { UserInfo.Length: > 0 } => throw new UsageException("The URL must not hold a user name or a password."),
            { Scheme: "http", IsLoopback: false } when keyNeedsTls =>
                throw new UsageException(
                    $"'{text}' is plain http, and everybody on the way could read the key: use https, or --allow-insecure-http."),
            _ => url,
        };
    }

    private static string? Key(Surroundings surroundings, string? path)
    {
        if (path is not null)
        {
            KeyFile.Open(path, new StandardErrorLogger(surroundings.Error), out string held);
            return held;
        }

        return surroundings.Environment(ApiKeyVariable.Name) switch
        {
            null => null,
            { } text when ApiKey.TryParse(text, out string key) => key,
            _ => throw new UsageException($"{ApiKeyVariable.Name} holds no key: it must be {ApiKey.Expected}."),
        };
    }
}
