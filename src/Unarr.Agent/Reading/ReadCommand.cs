using System.CommandLine;
using Unarr.Agent.Arguments;
using Unarr.Agent.Connecting;
using Unarr.Agent.Probing;
using Unarr.Agent.Terminal;
using Unarr.CommandLine;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Reading;

/// <summary>The command <c>read</c>: an event stream, kept open.</summary>
internal static class ReadCommand
{
    private const string Notes =
        """
        Output: the data of each event and a line end, as soon as the event is complete; with --json one JSON line an event, with its
        type, data and id. What happens to the connection goes to standard error. A stream that ends or breaks off is asked for again
        with the id of the last event that was printed, where the request may be sent again: a GET, but a POST only with --replay.
        Redirects are followed within the origin. Secrets of the request are printed nowhere.

        Exit codes, by how the stream was closed:
            0  the end: its marker, a proper end that is not followed by another attempt, or status 204
            1  it broke off, was silent for too long, or no connection was made, and there is no further attempt
            2  wrong arguments
            3  refused: an answer that is not an event stream; its first 1,024 bytes are printed
          130  interrupted: by Ctrl-C or SIGTERM, or because nobody reads the output any more

        Examples:
          unarr-agent read https://example.com/events
          unarr-agent read --json --last-event-id 42 https://example.com/events | jq -r .data
          unarr-agent read https://models.example.com/v1/chat/completions --header @key.header --end-marker '[DONE]' \
              --header 'Content-Type: application/json' \
              --data '{"stream":true,"messages":[{"role":"user","content":"Count to ten."}]}'

        """;

    public static Command Create(Surroundings surroundings)
    {
        var url = new Argument<string>("URL") { Description = "The event stream." };
        var json = new Option<bool>("--json") { Description = "One JSON line an event: its type, data and id." };
        var header = new Option<string[]>(ProbeRequestArguments.HeaderOption)
        {
            Description = "A further header, 'Name: value', or @FILE with one header a line. It can be repeated. It is never printed.",
            HelpName = "HEADER",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> method = TextArgument.Option("--method", "METHOD", "The request's method. [default: GET, or POST with --data]");
        Option<string?> data = TextArgument.Option("--data", "TEXT|@FILE", "The request's body: a text, or the content of a file.");
        Option<string?> lastEventId = TextArgument.Option(
            "--last-event-id", "ID", "The id of the last event that an earlier run printed.");
        Option<SseReplay?> replay = ChoiceArgument.Option(
            "--replay", "Which requests are sent again.", ("idempotent", SseReplay.Idempotent), ("with-id", SseReplay.WithLastEventId),
            ("always", SseReplay.Always), ("never", SseReplay.Never));
        Option<string?> endMarker = TextArgument.Option(
            "--end-marker", "TEXT", "The data that ends the stream, such as [DONE]; it is not printed. An end without it is a failure.");
        Option<string?> endEvent = TextArgument.Option(
            "--end-event", "TYPE", "The type of the event that ends the stream, such as message_stop. An end without it is a failure.");
        var closeAtEnd = new Option<bool>("--close-at-end") { Description = "End when the server ends the stream properly." };
        Option<string?> caFile = TextArgument.Option(
            "--ca-file", "FILE", "Further certificate authorities (PEM), in addition to the system's.");
        var command = new DocumentedCommand("read", "Keeps an event stream open, and prints its events.", Notes)
        {
            url, json, header, method, data, lastEventId, replay, endMarker, endEvent, closeAtEnd, caFile,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            ReadOptions options = await SmallFile.OpenedAsync(() => Options(arguments), cancellationToken).ConfigureAwait(false);
            return await new StreamRead(surroundings, options).RunAsync(cancellationToken).ConfigureAwait(false);
        });
        return command;

        ReadOptions Options(ParseResult arguments) => new()
        {
            Url = Url(arguments, arguments.GetValue(url)!),
            Request = new ProbeRequest
            {
                Headers = ProbeRequestArguments.Headers(arguments.GetValue(header) ?? []),
                Method = arguments.GetValue(method) is { } word ? ProbeRequestArguments.Method(word) : null,
                Data = arguments.GetValue(data) is { } text ? ProbeRequestArguments.Data(text) : null,
            },
            Client = new SseClientOptions
            {
                Replay = arguments.GetValue(replay) ?? SseReplay.Idempotent,
                EndMarker = Marker("--end-marker", arguments.GetValue(endMarker)),
                EndEventType = Marker("--end-event", arguments.GetValue(endEvent)),
                CloseAtEnd = arguments.GetValue(closeAtEnd),
            },
            LastEventId = Id(arguments.GetValue(lastEventId) ?? ""),
            Json = arguments.GetValue(json),
            Authorities = arguments.GetValue(caFile) is { } authorities ? new CertificateAuthorities(authorities) : null,
        };
    }

    private static string? Marker(string option, string? text) =>
        text is not null && (string.IsNullOrWhiteSpace(text) || text.AsSpan().ContainsAny('\r', '\n'))
            ? throw new UsageException($"{option}: it must hold more than white space, and no line end.")
            : text;

    private static string Id(string text) => text.AsSpan().ContainsAny('\r', '\n')
        ? throw new UsageException("--last-event-id: it must not hold a line end.")
        : text;

    private static Uri Url(ParseResult arguments, string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
        {
            // A header without its quotes falls into pieces, of which one may be a secret.
            string what = ProbeRequestArguments.HasHeader(arguments) ? "The URL" : $"'{text}'";
            throw new UsageException($"{what} is not an absolute http or https URL.");
        }

        return url.UserInfo.Length == 0 ? url : throw new UsageException("The URL must not hold a user name or a password.");
    }
}
