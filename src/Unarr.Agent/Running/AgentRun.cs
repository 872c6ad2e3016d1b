using System.Net;
using System.Reflection;
using Unarr.Agent.Connecting;
using Unarr.Agent.Live;
using Unarr.Agent.Output;
using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.CommandLine;

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
    private readonly StandardErrorLogger _logger;

    /// <exception cref="UsageException">The output cannot be what it is asked to be.</exception>
    public AgentRun(Surroundings surroundings, RunOptions options, RunSettings settings)
    {
        _surroundings = surroundings;
        _options = options;
        _settings = settings;
        _live = Live();
        _error = _live is not null && surroundings.ErrorIsTerminal ? _live.Log : surroundings.Error;
        _logger = new StandardErrorLogger(_error);
    }

    private static string Version { get; } =
        typeof(AgentRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">The settings cannot be used.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        DownlinkOptions options = DownlinkOptions();
        // Once for both: it may be a pipe.
        CertificateAuthorities? authorities = await SmallFile.OpenedAsync(Authorities, cancellationToken).ConfigureAwait(false);
        using HttpClient http = Http(authorities, options);
        // A connection that polls and syncs have left idle may be dead by now: the stream takes none of them.
        using HttpClient streamHttp = Http(authorities, options);
        var services = new DownlinkServices
        {
            GetApiKey = await SmallFile.OpenedAsync(Key, cancellationToken).ConfigureAwait(false),
            StreamHttp = streamHttp,
            RequestHttp = http,
            LoggerFactory = new StandardErrorLoggers(_logger),
        };

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (_settings.Get(_options.ExitAfter) is { } exitAfter)
        {
            end.CancelAfter(exitAfter);
        }

        IAgentOutput output = _live is null ? new LineOutput(_surroundings.Output, Format(), _clock, _logger) : _live;
        var handler = new AgentHandler(output, Program(), _clock);
        var downlink = new AgentDownlink(options, handler, services);
        handler.Health = Health(options.AgentId, downlink);
        Task running = await StartAsync(downlink, options.StateFile ?? "", end.Token).ConfigureAwait(false);
        SayWhatIsAcknowledged(options);
        Task watched = handler.Health?.RunAsync(end.Token) ?? Task.CompletedTask;
        await Task.WhenAny(running, output.Ended).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        await watched.ConfigureAwait(false);
        handler.Health?.End();
        await output.EndAsync().ConfigureAwait(false);
        return ExitCode.Success;
    }

    private LiveOutput? Live() => (_settings.Get(_options.Output), _surroundings.Terminal) switch
    {
        (null or OutputFormat.Live, not null) when IsDumb => null,
        (null or OutputFormat.Live, { } terminal) => new LiveOutput(
            _surroundings.Output, terminal, string.IsNullOrEmpty(_surroundings.Environment("NO_COLOR")), _surroundings.Error, _clock)
        {
            Agent = AgentLabel(),
        },
        (OutputFormat.Live, null) => throw new UsageException("--output: live needs a terminal; use json or plain."),
        _ => null,
    };

    // A terminal of this kind moves no cursor: it gets lines, as for people.
    private bool IsDumb => _surroundings.Environment("TERM") == "dumb";

    private IEventFormat Format() => (_settings.Get(_options.Output), _surroundings.Terminal) switch
    {
        (OutputFormat.Plain, _) or (null or OutputFormat.Live, not null) => new PlainEventFormat(),
        _ => new JsonEventFormat(),
    };

    private string AgentLabel()
    {
        var defaults = new DownlinkOptions();
        string id = _settings.Get(_options.AgentId) ?? defaults.AgentId;
        string name = _settings.Get(_options.Name) ?? defaults.Name;
        return OneLine.Of(name == id || _settings.Get(_options.Name) is null ? id : $"{name} ({id})");
    }

    private HealthFile? Health(string agentId, AgentDownlink downlink)
    {
        if (_settings.Get(_options.Health) is not { } path)
        {
            return null;
        }

        var health = new HealthFile(path, agentId, Version, () => downlink.Status, _logger, TimeProvider.System);
        health.Start();
        return health;
    }

    private void SayWhatIsAcknowledged(DownlinkOptions options)
    {
        if (_settings.Get(_options.OnControl) is null)
        {
            _error.WriteLine(options.Extensions
                ? "note: There is no --on-control: each control is written to the output, and acknowledged as applied."
                : "note: There is no --on-control: each control is written to the output; nothing is acknowledged (--extensions off).");
        }
    }

    private ControlProgram? Program() => _settings.Get(_options.OnControl) is { } command
        ? new ControlProgram(command, _error, _settings.Get(_options.ControlTimeout), TimeProvider.System)
        : null;

    private CertificateAuthorities? Authorities() => _settings.Get(_options.CaFile) is { } path ? new CertificateAuthorities(path) : null;

    private HttpClient Http(CertificateAuthorities? authorities, DownlinkOptions options)
    {
        SocketsHttpHandler handler = new ControlPlaneHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            Environment = _surroundings.Environment,
        }.Create();
        if (authorities is not null)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = authorities.Validate;
        }

        return new HttpClient(_live is null ? handler : new HeardHandler(handler, _live.Heard))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = _settings.Get(_options.HttpVersion) == HttpProtocol.Http2 ? HttpVersion.Version20
                : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
    }

    private Uri[] Servers()
    {
        string[] servers = _settings.Get(_options.Server);
        if (servers.Length == 0)
        {
            throw new UsageException("--server is required: it is the address of the control plane.");
        }

        try
        {
            return MirrorPool.Parse(servers, _settings.Get(_options.AllowInsecureHttp));
        }
        catch (ArgumentException exception)
        {
            string parameter = $" (Parameter '{exception.ParamName}')";
            throw new UsageException($"--server: {exception.Message.Replace(parameter, "", StringComparison.Ordinal)}", exception);
        }
    }

    private Func<CancellationToken, ValueTask<string>> Key()
    {
        if (_settings.Get(_options.ApiKeyFile) is { } path)
        {
            return KeyFile.Open(path, _logger, out _).ReadAsync;
        }

        (string Text, string Source) given = (_surroundings.Environment(ApiKeyVariable.Name), _settings.ApiKey) switch
        {
            ({ } text, _) => (text, ApiKeyVariable.Name),
            (null, { } text) => (text, "'api_key' in the configuration file"),
            _ => throw new UsageException($"An API key is needed: --api-key-file FILE, or {ApiKeyVariable.Name} in the environment."),
        };
        return ApiKey.TryParse(given.Text, out string key)
            ? _ => ValueTask.FromResult(key)
            : throw new UsageException($"{given.Source} holds no key: it must be {ApiKey.Expected}.");
    }

    private DownlinkOptions DownlinkOptions()
    {
        var options = new DownlinkOptions
        {
            Servers = Servers(),
            AllowInsecureHttp = _settings.Get(_options.AllowInsecureHttp),
            Version = Version,
            UserAgent = $"unarr-agent/{Version}",
            LivenessTimeout = _settings.Get(_options.LivenessTimeout),
            StateFile = _settings.Get(_options.StateFile),
        };
        options.BasePath = _settings.Get(_options.BasePath) ?? options.BasePath;
        options.AgentId = _settings.Get(_options.AgentId) ?? options.AgentId;
        options.Name = _settings.Get(_options.Name) ?? options.Name;
        options.Mode = _settings.Get(_options.Downlink) ?? options.Mode;
        options.Hedging = _settings.Get(_options.Hedging) is { } hedging ? hedging == Toggle.On : options.Hedging;
        options.Extensions = _settings.Get(_options.Extensions) is { } extensions ? extensions == Toggle.On : options.Extensions;
        options.ReconnectDelay = _settings.Get(_options.ReconnectDelay) ?? options.ReconnectDelay;
        options.MaxStreamFailures = _settings.Get(_options.MaxSseFailures) ?? options.MaxStreamFailures;
        options.FallbackWindow = _settings.Get(_options.FallbackWindow) ?? options.FallbackWindow;
        options.PollRetryDelay = _settings.Get(_options.PollRetryDelay) ?? options.PollRetryDelay;
        options.ConnectTimeout = _settings.Get(_options.ConnectTimeout) ?? options.ConnectTimeout;
        options.FirstFrameGrace = _settings.Get(_options.FirstFrameGrace) ?? options.FirstFrameGrace;
        options.SyncInterval = _settings.Get(_options.SyncInterval) ?? options.SyncInterval;
        options.SyncIntervalWatching = _settings.Get(_options.SyncIntervalWatching) ?? options.SyncIntervalWatching;
        options.MaxLineBytes = _settings.Get(_options.MaxLineBytes) ?? options.MaxLineBytes;
        options.MaxEventBytes = _settings.Get(_options.MaxEventBytes) ?? options.MaxEventBytes;
        return options.Extensions || string.IsNullOrEmpty(options.StateFile) ? options
            : throw new UsageException("--state-file: it cannot be used with --extensions off, which acknowledges nothing.");
    }

    /// <summary>Starts the downlink, which opens the state file before it returns.</summary>
    private static async Task<Task> StartAsync(AgentDownlink downlink, string stateFile, CancellationToken cancellationToken)
    {
        if (stateFile.Length > 0 && (Directory.Exists(stateFile) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(stateFile)))))
        {
            throw new UsageException($"Cannot use the state file '{stateFile}': it is a directory, or its directory does not exist.");
        }

        Task running = downlink.RunAsync(cancellationToken);
        try
        {
            if (running.IsFaulted)
            {
                await running.ConfigureAwait(false);
            }

            return running;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable.For($"Cannot use the state file '{stateFile}': {Unreadable.Reason(stateFile, exception)}", exception);
        }
    }
}
