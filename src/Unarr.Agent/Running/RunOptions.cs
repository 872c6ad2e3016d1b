using System.CommandLine;
using Unarr.Agent.Arguments;
using Unarr.Agent.Output;
using Unarr.Agents.Downlink;
using Unarr.CommandLine;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Running;

/// <summary>The options of <c>run</c>. The configuration file's keys are their names in snake_case,
/// and its values are parsed by them.</summary>
internal sealed class RunOptions
{
    private static readonly DownlinkOptions Default = new();
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public Option<string?> Config { get; } = TextArgument.Option(
        "--config", "FILE",
        "A TOML file whose table [daemon] has the options by their names in snake_case. An argument overrides the file.");

    public Option<string[]> Server { get; } = new("--server")
    {
        Description = "The control plane's address. Repeat it for each mirror, in order. [required]",
        HelpName = "URL",
        Arity = ArgumentArity.OneOrMore,
    };

    public Option<string?> BasePath { get; } = new("--base-path")
    {
        Description = $"The path under which each mirror has its endpoints. [default: {Default.BasePath}]",
        HelpName = "PATH",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Agents.Downlink.ControlPlane.BasePath.Problem(text) is { } problem)
            {
                result.AddError($"--base-path: '{text}' {problem}.");
            }

            return text;
        },
    };

    public Option<string?> ApiKeyFile { get; } = TextArgument.Option(
        "--api-key-file", "FILE",
        "The file with the API key; it is read again for each request. [default: the environment's UNARR_API_KEY]");

    public Option<string?> AgentId { get; } = TextArgument.Trimmed(
        "--agent-id", "AGENT-ID", "The agent's id, as the control plane knows it. [default: the host's name]");

    public Option<string?> Name { get; } = TextArgument.Trimmed(
        "--name", "NAME", "The agent's name, for people. [default: the host's name]");

    public Option<DownlinkMode?> Downlink { get; } = ChoiceArgument.Option(
        "--downlink",
        "Which routes may be used.",
        [.. Enum.GetValues<DownlinkMode>().Select(mode => (DownlinkWords.Of(mode), mode))]);

    public Option<Toggle?> Hedging { get; } = ChoiceArgument.Option(
        "--hedging", "Whether the long-poll runs alongside a stream that is not proven.", ("on", Toggle.On), ("off", Toggle.Off));

    public Option<Toggle?> Extensions { get; } = ChoiceArgument.Option(
        "--extensions", "Whether requests carry what only servers of newer versions know; off for a strict one.", ("on", Toggle.On),
        ("off", Toggle.Off));

    public Option<TimeSpan?> LivenessTimeout { get; } =
        Duration("--liveness-timeout", "How long an open stream may stay silent.", TimeSpan.FromSeconds(40));

    public Option<TimeSpan?> ReconnectDelay { get; } =
        Duration("--reconnect-delay", "How long to wait before a stream is opened again.", Default.ReconnectDelay);

    public Option<int?> MaxSseFailures { get; } = CountArgument.Option(
        "--max-sse-failures", "After how many unhealthy streams in a row the long-poll takes over.", Default.MaxStreamFailures, 1,
        1_000_000);

    public Option<TimeSpan?> FallbackWindow { get; } =
        Duration("--fallback-window", "How long the long-poll then runs alone.", Default.FallbackWindow);

    public Option<TimeSpan?> PollRetryDelay { get; } =
        Duration("--poll-retry-delay", "How long to wait after a failed long-poll.", Default.PollRetryDelay);

    public Option<TimeSpan?> ConnectTimeout { get; } =
        Duration("--connect-timeout", "How long connecting to a mirror may take, up to its response headers.", Default.ConnectTimeout);

    public Option<TimeSpan?> FirstFrameGrace { get; } =
        Duration("--first-frame-grace", "How long a stream may take until its first frame, with hedging.", Default.FirstFrameGrace);

    public Option<TimeSpan?> SyncInterval { get; } = Duration("--sync-interval", "How often to sync.", Default.SyncInterval);

    public Option<TimeSpan?> SyncIntervalWatching { get; } =
        Duration("--sync-interval-watching", "How often to sync while somebody is watching.", Default.SyncIntervalWatching);

    public Option<int?> MaxLineBytes { get; } = SizeArgument.Option(
        "--max-line-bytes", "The longest line of a stream.", Default.MaxLineBytes, SseReaderOptions.MinBoundBytes,
        SseReaderOptions.MaxBoundBytes);

    public Option<int?> MaxEventBytes { get; } = SizeArgument.Option(
        "--max-event-bytes", "The longest data of an event.", Default.MaxEventBytes, SseReaderOptions.MinBoundBytes,
        SseReaderOptions.MaxBoundBytes);

    public Option<string?> OnControl { get; } = TextArgument.Option(
        "--on-control", "COMMAND", "A shell command that runs for each control; see the notes below. [default: none]");

    public Option<TimeSpan?> ControlTimeout { get; } = Duration(
        "--control-timeout",
        "How long that command may run. After this time the command and its children are killed, and the control has failed.",
        "none",
        Longest);

    public Option<string?> StateFile { get; } = TextArgument.Option(
        "--state-file", "FILE", "A file that keeps the ids of applied controls over restarts. [default: none]");

    public Option<string?> Health { get; } = TextArgument.Option(
        "--health", "FILE", "A file that says how the agent is, as JSON; it is replaced every 10 s and at each change. [default: none]");

    public Option<bool> AllowInsecureHttp { get; } = new("--allow-insecure-http")
    {
        Description = "Allow http:// to hosts other than loopback, although everybody on the way can read the key.",
    };

    public Option<string?> CaFile { get; } = TextArgument.Option(
        "--ca-file", "FILE", "More certificate authorities (PEM), in addition to the system's. [default: none]");

    public Option<HttpProtocol?> HttpVersion { get; } = ChoiceArgument.Option(
        "--http-version", "The version of HTTP to ask for; 2 is used only where TLS negotiates it.", ("1.1", HttpProtocol.Http11),
        ("2", HttpProtocol.Http2));

    public Option<OutputFormat?> Output { get; } = ChoiceArgument.Option(
        "--output", "The format of the output; on a terminal the default is live.", ("json", OutputFormat.Json),
        ("plain", OutputFormat.Plain), ("live", OutputFormat.Live));

    public Option<TimeSpan?> ExitAfter { get; } = Duration(
        "--exit-after", "End cleanly after this time, for trials.", "never", TimeSpan.FromHours(1000));

    /// <summary>All of them, in the order of the help.</summary>
    public IReadOnlyList<Option> All =>
    [
        Server, BasePath, ApiKeyFile, AgentId, Name, Config, Downlink, Hedging, Extensions, LivenessTimeout, ReconnectDelay, MaxSseFailures,
        FallbackWindow, PollRetryDelay, ConnectTimeout, FirstFrameGrace, SyncInterval, SyncIntervalWatching, MaxLineBytes, MaxEventBytes,
        OnControl, ControlTimeout, StateFile, Health, AllowInsecureHttp, CaFile, HttpVersion, Output, ExitAfter,
    ];

    private static Option<TimeSpan?> Duration(string name, string description, TimeSpan @default) =>
        DurationArgument.Option(name, description, @default, Shortest, Longest);

    /// <summary>A duration that has no default.</summary>
    private static Option<TimeSpan?> Duration(string name, string description, string @default, TimeSpan longest) => new(name)
    {
        Description = $"{description} [default: {@default}]",
        HelpName = "DURATION",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!DurationArgument.TryParse(text, out TimeSpan duration) || duration > longest)
            {
                result.AddError($"{name}: '{text}' is not {DurationArgument.Expected}, at most {DurationArgument.Format(longest)}.");
            }

            return duration;
        },
    };
}
