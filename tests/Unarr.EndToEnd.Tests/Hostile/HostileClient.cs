using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Sse;




namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>The library's client alone against a server, for the typed outcome of one exchange.</summary>
internal sealed class HostileClient : IDisposable
{
    public const string Key = "key-8151f1ab42";

    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
    private readonly HttpClient _http = new(ControlPlaneClient.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };

    public HostileClient(params Uri[] mirrors)
        : this(TimeSpan.FromSeconds(20), mirrors)
    {
    }

    /// <param name="connectTimeout">How long each mirror has until its response headers are there, and a sync or poll in all.</param>
    /// <param name="mirrors">Where the control plane is said to be.</param>
    public HostileClient(TimeSpan connectTimeout, params Uri[] mirrors)
    {
        Pool = new MirrorPool(mirrors.Select(mirror => mirror.AbsoluteUri));
        Client = new ControlPlaneClient(_http, Pool, new ControlPlaneClientOptions
        {
            ApiKey = _ => ValueTask.FromResult(Key),
            ConnectTimeout = connectTimeout,
            SyncTimeout = connectTimeout,
            WakeTimeout = connectTimeout,
        });
    }

    public ControlPlaneClient Client { get; }

    public MirrorPool Pool { get; }

    /// <summary>Ends a test that would wait for ever.</summary>
    public CancellationToken Deadline => _deadline.Token;

    /// <summary>How many frames came on streams.</summary>
    public long FramesRead { get; private set; }

    /// <summary>Makes one exchange and reads it to its end.</summary>
    /// <returns>What it ended as, by the name of the error that is its type; <c>Ended</c> when there was none.</returns>
    public async Task<string> OutcomeAsync(string endpoint)
    {
        try
        {
            await ExchangeAsync(endpoint);
            return "Ended";
        }
        catch (SseException exception)
        {
            return Told(exception, $"{exception.Error}");
        }
        catch (ControlPlaneException exception)
        {
            string status = exception.StatusCode is { } code ? $" {(int)code}" : "";
            string after = exception.RetryAfter is { } wait ? $" after {wait.TotalSeconds} s" : "";
            return Told(exception, $"{exception.Error}{status}{after}");
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // What the stream itself throws when it is cut; the downlink tells it as that.
            return Told(exception, "Cut");
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _deadline.Dispose();
    }

    private async Task ExchangeAsync(string endpoint)
    {
        switch (endpoint)
        {
            case "events":
                await using (EventStream stream = await Client.OpenEventStreamAsync(Deadline))
                {
                    while (await stream.Frames.WaitToReadAsync(Deadline))
                    {
                        while (stream.Frames.TryRead(out SseFrame frame))
                        {
                            FramesRead++;
                        }
                    }
                }

                break;
            case "wake":
                await Client.WaitForWakeAsync(Deadline);
                break;
            default:
                await Client.SyncAsync(new SyncRequest { AgentId = "a1" }, Deadline);
                break;
        }
    }

    private static string Told(Exception exception, string outcome)
    {
        Assert.DoesNotContain(Key, exception.ToString(), StringComparison.OrdinalIgnoreCase);
        return outcome;
    }
}
