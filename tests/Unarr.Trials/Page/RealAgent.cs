using System.Threading.Channels;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;

namespace Unarr.EndToEnd.Tests.Page;

/// <summary>A downlink in this process, as an agent runs it.</summary>
internal sealed class RealAgent : DownlinkHandler, IAsyncDisposable
{
    private readonly Channel<Control> _controls = Channel.CreateUnbounded<Control>();
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _http = new(ControlPlaneClient.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly HttpClient _streamHttp = new(ControlPlaneClient.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Task _running;

    public RealAgent(Uri controlPlane, string key, string id, string name)
    {
        ControlPlaneClientOptions options = new() { ApiKey = _ => ValueTask.FromResult(key) };
        ControlPlaneClient client = new(_http, new MirrorPool([controlPlane.AbsoluteUri]), options, _streamHttp);
        DownlinkSettings downlink = new() { AgentId = id, Name = name, Version = "1.2.3", SyncInterval = TimeSpan.FromMilliseconds(200) };
        _running = new AgentDownlink(client, downlink, this).RunAsync(_stop.Token);
    }

    /// <summary>What it was told to do, in order.</summary>
    public ChannelReader<Control> Controls => _controls.Reader;

    /// <summary>What to refuse.</summary>
    public string? Refuse { get; init; }

    public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken) =>
        control.TaskId == Refuse
            ? throw new ControlRejectedException($"There is no task '{control.TaskId}'.")
            : _controls.Writer.WriteAsync(control, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _http.Dispose();
        _streamHttp.Dispose();
    }
}
