using System.CommandLine;
using System.CommandLine.Parsing;
using Unarr.Agent.Arguments;
using Unarr.Agent.Terminal;
using Unarr.CommandLine;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Parsing;

/// <summary>The command <c>parse</c>: an event stream's frames, one JSON line each.</summary>
internal static class ParseCommand
{
    private const string Notes =
        """
        Output: one JSON line for each frame, written as soon as the frame is complete. Bytes that are not UTF-8 become U+FFFD;
        --base64 keeps them.
        Exit codes: 0 at the end of the stream (and when interrupted), 1 after an "error" line or when the input breaks off with
        an I/O error, 2 for wrong arguments or a file that cannot be opened.

        Examples:
          curl -sN https://example.com/stream | unarr-agent parse -
          unarr-agent parse --dialect agent --base64 recorded.sse

        """;

    private const int MaxChunkBytes = 16 * 1024 * 1024;

    private static readonly SseReaderOptions Default = SseReaderOptions.Default;

    public static Command Create(Surroundings surroundings)
    {
        var file = new Argument<string?>("FILE")
        {
            Description = "The file to read; - is standard input. [default: -]",
            HelpName = "FILE|-",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<SseDialect?> dialect = ChoiceArgument.Option(
            "--dialect", "The dialect of the stream: the HTML standard's, or the downlink's.", ("whatwg", SseDialect.Html),
            ("agent", SseDialect.Agent));
        Option<int?> maxLineBytes = SizeArgument.Option(
            "--max-line-bytes", "The longest line, with its line end.", Default.MaxLineBytes, SseReaderOptions.MinBoundBytes,
            SseReaderOptions.MaxBoundBytes);
        Option<int?> maxEventBytes = SizeArgument.Option(
            "--max-event-bytes", "The longest data of an event.", Default.MaxEventBytes, SseReaderOptions.MinBoundBytes,
            SseReaderOptions.MaxBoundBytes);
        var base64 = new Option<bool>("--base64") { Description = "Print the exact bytes in base64: event64, data64, id64 and text64." };
        Option<int?> chunk = ChunkOption();
        var stats = new Option<bool>("--stats") { Description = "Print frames, bytes and MB/s on standard error at the end." };

        var command = new DocumentedCommand("parse", "Prints the frames of a recorded or piped event stream.", Notes)
        {
            file, dialect, maxLineBytes, maxEventBytes, base64, chunk, stats,
        };
        command.Validators.Add(result => RefuseUnknownOption(result, file));
        command.SetAction((arguments, cancellationToken) =>
        {
            var parse = new StreamParse(surroundings)
            {
                File = arguments.GetValue(file) ?? StreamInput.StandardInput,
                Options = new SseReaderOptions
                {
                    Dialect = arguments.GetValue(dialect) ?? SseDialect.Html,
                    MaxLineBytes = arguments.GetValue(maxLineBytes) ?? Default.MaxLineBytes,
                    MaxEventBytes = arguments.GetValue(maxEventBytes) ?? Default.MaxEventBytes,
                },
                Base64 = arguments.GetValue(base64),
                ChunkBytes = arguments.GetValue(chunk),
                Stats = arguments.GetValue(stats),
            };
            return parse.RunAsync(cancellationToken);
        });
        return command;
    }

    private static Option<int?> ChunkOption() => new("--chunk")
    {
        Description = "Pass the framer exactly this many bytes at a time, and wait for them. [default: the bytes of each read]",
        HelpName = "SIZE",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!SizeArgument.TryParse(text, out int bytes) || bytes is < 1 or > MaxChunkBytes)
            {
                result.AddError($"--chunk: '{text}' is not {SizeArgument.Expected}, from 1 to {SizeArgument.Format(MaxChunkBytes)}.");
            }

            return bytes;
        },
    };

    /// <summary>A mistyped option would be taken for the file; a file of such a name is given as <c>./--name</c>.</summary>
    private static void RefuseUnknownOption(CommandResult result, Argument<string?> file)
    {
        if (result.GetResult(file) is { Tokens: [Token { Value: ['-', _, ..] name }] })
        {
            result.AddError($"Unknown option '{name}'; --help lists the options.");
        }
    }
}
