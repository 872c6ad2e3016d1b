using System.Globalization;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Order;

/// <summary>An agent of the model: its handler fails at times, it is killed at times; it notes what each life applied.</summary>
internal sealed class ModelAgent(string id, Uri hub, ModelAgentKind kind, int seed, TimeProvider time)
    : DownlinkHandler, IModelAgent
{
    private readonly Random _random = new(seed);
    private readonly string _stateFile = Path.Combine(Path.GetTempPath(), $"unarr-order-{Guid.NewGuid():N}");
    private readonly List<List<(int Control, bool Succeeded)>> _lives = [];
    private CancellationTokenSource _killed = new();
    private HttpClient? _http;
    private HttpClient? _streamHttp;
    private Task _running = Task.CompletedTask;

    public string Id => id;

    public string? Fault() => ModelVerdict.Of(_lives, doublesAtKills: !kind.HasFlag(ModelAgentKind.StateFile), doublesOfOneLife: false);

    public IReadOnlyCollection<int> Handled => [.. _lives.SelectMany(life => life).Select(call => call.Control).Distinct()];

    public void Start()
    {
        _killed = new CancellationTokenSource();
        lock (_lives)
        {
            _lives.Add([]);
        }

        bool tellsAfter = kind.HasFlag(ModelAgentKind.After);
        _http = new HttpClient(new ModelNetwork(_random, tellsAfter, _killed.Token)) { Timeout = Timeout.InfiniteTimeSpan };
        _streamHttp = new HttpClient(new ModelNetwork(_random, tellsAfter, _killed.Token)) { Timeout = Timeout.InfiniteTimeSpan };
        var clientOptions = new ControlPlaneClientOptions
        {
            ApiKey = _ => ValueTask.FromResult(RunningControlPlane.KeyOf(id)),
            TimeProvider = time,
        };
        var client = new ControlPlaneClient(_http, new MirrorPool([hub.AbsoluteUri], timeProvider: time), clientOptions, _streamHttp);
        var options = new DownlinkSettings
        {
            AgentId = id,
            Mode = kind.HasFlag(ModelAgentKind.Poll) ? DownlinkMode.LongPoll : DownlinkMode.Auto,
            ReconnectDelay = TimeSpan.FromMilliseconds(200),
            SyncInterval = TimeSpan.FromSeconds(4),
            StateFile = kind.HasFlag(ModelAgentKind.StateFile) ? _stateFile : null,
            ShutdownTimeout = TimeSpan.FromMilliseconds(10),
            TimeProvider = time,
        };
        _running = new AgentDownlink(client, options, this).RunAsync(_killed.Token);
    }

    /// <summary>Ends the agent as a kill does: nothing is sent, applied or acknowledged any more.</summary>
    public async Task KillAsync()
    {
        await _killed.CancelAsync();
        await _running;
        _http!.Dispose();
        _streamHttp!.Dispose();
        _killed.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        File.Delete(_stateFile);
        File.Delete(_stateFile + ".lock");
    }

    public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken)
    {
        bool fails;
        lock (_random)
        {
            fails = _random.Next(20) == 0;
        }

        lock (_lives)
        {
            _killed.Token.ThrowIfCancellationRequested();
            _lives[^1].Add((int.Parse(control.TaskId, CultureInfo.InvariantCulture), !fails));
        }

        return fails ? throw new InvalidOperationException("this time it fails") : ValueTask.CompletedTask;
    }
}
