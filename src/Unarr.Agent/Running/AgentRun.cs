using System.Net;
using System.Reflection;
using Unarr.Agent.Connecting;
using Unarr.Agent.Live;
using Unarr.Agent.Output;
using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.CommandLine;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Running;

/// <summary>Puts the agent together from its settings and runs it to its end.</summary>
internal sealed class AgentRun
{
    private readonly Surroundings _surroundings;
    private readonly RunOptions _options;
    private readonly RunSettings _settings;
    private readonly AgentClock _clock = new(TimeProvider.System);
    private readonly LiveOutput? _live;
    private readonly TextWriter _error;
    private readonly StandardErrorLogger<HybridDownlink> _logger;

    /// <exception cref="UsageException">The output cannot be what it is asked to be.</exception>
    public AgentRun(Surroundings surroundings, RunOptions options, RunSettings settings)
    {
        _surroundings = surroundings;
        _options = options;
        _settings = settings;
        _live = Live();
        _error = _live is not null && surroundings.ErrorIsTerminal ? _live.Log : surroundings.Error;
        _logger = new StandardErrorLogger<HybridDownlink>(_error);
    }

    private static string Version { get; } =
        typeof(AgentRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">The settings cannot be used.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        MirrorPool mirrors = Mirrors();
        // Once for both: it may be a pipe.
        CertificateAuthorities? authorities = await SmallFile.OpenedAsync(Authorities, cancellationToken).ConfigureAwait(false);
        using HttpClient http = Http(authorities);
        // A connection that polls and syncs have left idle may be dead by now: the stream takes none of them.
        using HttpClient streamHttp = Http(authorities);
        ControlPlaneClientOptions clientOptions = await SmallFile.OpenedAsync(ClientOptions, cancellationToken).ConfigureAwait(false);
        var client = new ControlPlaneClient(http, mirrors, clientOptions, streamHttp);

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (_settings.Get(_options.ExitAfter) is { } exitAfter)
        {
            end.CancelAfter(exitAfter);
        }

        IAgentOutput output = _live is null ? new LineOutput(_surroundings.Output, Format(), _clock, _logger) : _live;
        HybridDownlink downlink = Downlink(client, new AgentHandler(output, Program(), _clock));
        Task running = downlink.RunAsync(end.Token);
        await Task.WhenAny(running, output.Ended).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        await output.EndAsync().ConfigureAwait(false);
        return ExitCode.Success;
    }

    private LiveOutput? Live() => (_settings.Get(_options.Output), _surroundings.Terminal) switch
    {
        (null or OutputFormat.Live, { } terminal) => new LiveOutput(
            _surroundings.Output, terminal, string.IsNullOrEmpty(_surroundings.Environment("NO_COLOR")), _surroundings.Error, _clock),
        (OutputFormat.Live, null) => throw new UsageException("--output: live needs a terminal; use json or plain."),
        _ => null,
    };

    private IEventFormat Format() => _settings.Get(_options.Output) == OutputFormat.Plain ? new PlainEventFormat() : new JsonEventFormat();

    private ControlProgram? Program() => _settings.Get(_options.OnControl) is { } command
        ? new ControlProgram(command, _error, _settings.Get(_options.ControlTimeout), TimeProvider.System)
        : null;

    private CertificateAuthorities? Authorities() => _settings.Get(_options.CaFile) is { } path ? new CertificateAuthorities(path) : null;

    private HttpClient Http(CertificateAuthorities? authorities)
    {
        SocketsHttpHandler handler = new ControlPlaneHandler
        {
            ConnectTimeout = _settings.Get(_options.ConnectTimeout) ?? RunOptions.DefaultConnectTimeout,
            Environment = _surroundings.Environment,
        }.Create();
        if (authorities is not null)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = authorities.Validate;
        }

        return new HttpClient(_live is null ? handler : new HeardHandler(handler, _live.Heard))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = _settings.Get(_options.HttpVersion) == HttpProtocol.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
    }

    private MirrorPool Mirrors()
    {
        string[] servers = _settings.Get(_options.Server);
        if (servers.Length == 0)
        {
            throw new UsageException("--server is required: where is the control plane?");
        }

        try
        {
            return new MirrorPool(servers, _settings.Get(_options.AllowInsecureHttp));
        }
        catch (ArgumentException exception)
        {
            string parameter = $" (Parameter '{exception.ParamName}')";
            throw new UsageException($"--server: {exception.Message.Replace(parameter, "", StringComparison.Ordinal)}", exception);
        }
    }

    private ControlPlaneClientOptions ClientOptions()
    {
        Func<string> key = Key();
        return new ControlPlaneClientOptions
        {
            ApiKey = _ => ValueTask.FromResult(key()),
            UserAgent = $"unarr-agent/{Version}",
            ConnectTimeout = _settings.Get(_options.ConnectTimeout) ?? RunOptions.DefaultConnectTimeout,
            MaxLineBytes = _settings.Get(_options.MaxLineBytes) ?? SseReaderOptions.Default.MaxLineBytes,
            MaxEventBytes = _settings.Get(_options.MaxEventBytes) ?? SseReaderOptions.Default.MaxEventBytes,
        };
    }

    private Func<string> Key()
    {
        if (_settings.Get(_options.ApiKeyFile) is { } path)
        {
            return new KeyFile(path, _logger).Read;
        }

        (string Text, string Source) given = (_surroundings.Environment(ApiKey.Variable), _settings.ApiKey) switch
        {
            ({ } text, _) => (text, ApiKey.Variable),
            (null, { } text) => (text, "'api_key' in the configuration file"),
            _ => throw new UsageException($"An API key is needed: --api-key-file FILE, or {ApiKey.Variable} in the environment."),
        };
        return ApiKey.TryParse(given.Text, out string key)
            ? () => key
            : throw new UsageException($"{given.Source} holds no key: it must be {ApiKey.Expected}.");
    }

    private DownlinkOptions DownlinkOptions()
    {
        var defaults = new DownlinkOptions { AgentId = _settings.Get(_options.AgentId) ?? Environment.MachineName };
        return defaults with
        {
            Name = _settings.Get(_options.Name) ?? defaults.Name,
            Version = Version,
            Mode = _settings.Get(_options.Downlink) ?? defaults.Mode,
            Hedging = _settings.Get(_options.Hedging) is { } hedging ? hedging == Toggle.On : defaults.Hedging,
            LivenessTimeout = _settings.Get(_options.LivenessTimeout),
            ReconnectDelay = _settings.Get(_options.ReconnectDelay) ?? defaults.ReconnectDelay,
            MaxStreamFailures = _settings.Get(_options.MaxSseFailures) ?? defaults.MaxStreamFailures,
            FallbackWindow = _settings.Get(_options.FallbackWindow) ?? defaults.FallbackWindow,
            PollRetryDelay = _settings.Get(_options.PollRetryDelay) ?? defaults.PollRetryDelay,
            FirstFrameGrace = _settings.Get(_options.FirstFrameGrace) ?? defaults.FirstFrameGrace,
            SyncInterval = _settings.Get(_options.SyncInterval) ?? defaults.SyncInterval,
            SyncIntervalWatching = _settings.Get(_options.SyncIntervalWatching) ?? defaults.SyncIntervalWatching,
            StateFile = _settings.Get(_options.StateFile),
        };
    }

    private HybridDownlink Downlink(ControlPlaneClient client, AgentHandler handler)
    {
        string path = _settings.Get(_options.StateFile) ?? "";
        if (path.Length > 0 && (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path)))))
        {
            throw new UsageException($"Cannot use the state file '{path}': it is a directory, or its directory does not exist.");
        }

        try
        {
            return new HybridDownlink(client, DownlinkOptions(), handler, _logger);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable.For($"Cannot use the state file '{path}': {Unreadable.Reason(path, exception)}", exception);
        }
    }
}
