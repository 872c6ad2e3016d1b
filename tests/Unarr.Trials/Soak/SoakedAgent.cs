using System.Globalization;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Soak;

/// <summary>An agent that counts how often each numbered command was applied, in memory that does not grow.</summary>
internal sealed class SoakedAgent : DownlinkHandler, IAsyncDisposable
{
    private readonly byte[] _applied;
    private readonly HttpClient _http = new(ControlPlaneClient.CreateHandler());
    private readonly HttpClient _streamHttp = new(ControlPlaneClient.CreateHandler());
    private readonly CancellationTokenSource _stop = new();
    private readonly AgentDownlink _downlink;
    private readonly Task _running;

    /// <param name="id">Its id.</param>
    /// <param name="address">Where its control plane is.</param>
    /// <param name="mostCommands">How many commands there may be.</param>
    /// <param name="configure">How it is other than the rest.</param>
    public SoakedAgent(string id, Uri address, int mostCommands, Func<DownlinkSettings, DownlinkSettings> configure)
    {
        Id = id;
        _applied = new byte[mostCommands];
        ControlPlaneClientOptions clientOptions = new()
        {
            ApiKey = _ => ValueTask.FromResult(RunningControlPlane.KeyOf(id)),
            ConnectTimeout = TimeSpan.FromSeconds(2),
            WakeTimeout = TimeSpan.FromSeconds(5),
            SyncTimeout = TimeSpan.FromSeconds(3),
        };
        ControlPlaneClient client = new(_http, new MirrorPool([address.AbsoluteUri]), clientOptions, _streamHttp);
        DownlinkSettings options = new()
        {
            AgentId = id,
            ReconnectDelay = TimeSpan.FromMilliseconds(50),
            PollRetryDelay = TimeSpan.FromMilliseconds(50),
            FallbackWindow = TimeSpan.FromSeconds(1),
            FirstFrameGrace = TimeSpan.FromSeconds(1),
            SyncInterval = TimeSpan.FromSeconds(1),
        };
        _downlink = new AgentDownlink(client, configure(options), this);
        _running = _downlink.RunAsync(_stop.Token);
    }

    public string Id { get; }

    /// <summary>How many commands were pushed to it; they are numbered from 0.</summary>
    public int Pushed { get; set; }

    public int MostCommands => _applied.Length;

    public DownlinkStatus Status => _downlink.Status;

    /// <summary>How many changes of route and state there were.</summary>
    public int Changes { get; private set; }

    public IEnumerable<int> Lost => Enumerable.Range(0, Pushed).Where(number => _applied[number] == 0);

    public IEnumerable<int> AppliedTwice => Enumerable.Range(0, MostCommands).Where(number => _applied[number] > 1);

    public IEnumerable<int> NeverPushed => Enumerable.Range(Pushed, MostCommands - Pushed).Where(number => _applied[number] > 0);

    public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken)
    {
        int number = int.Parse(control.TaskId, CultureInfo.InvariantCulture);
        _applied[number] = (byte)Math.Min(_applied[number] + 1, 2);
        return ValueTask.CompletedTask;
    }

    public override ValueTask OnStatusChangedAsync(DownlinkStatus status, CancellationToken cancellationToken)
    {
        Changes++;
        return ValueTask.CompletedTask;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        _streamHttp.Dispose();
        _stop.Dispose();
    }
}
