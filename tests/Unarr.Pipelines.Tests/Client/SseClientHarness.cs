using System.Net.ServerSentEvents;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Tests.Http;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>A client over a scripted server, in virtual time, in which waits for the next attempt pass by themselves.</summary>
internal sealed class SseClientHarness : SseClientObserver, IAsyncDisposable
{
    public static readonly Uri Address = new("http://host/events");

    private readonly Lock _gate = new();
    private readonly List<TimeSpan> _delays = [];
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SseClientHarness(
        ScriptedHandler server,
        SseClientOptions? options = null,
        Func<SseAttempt, HttpRequestMessage?>? create = null,
        double random = 0.5,
        bool passes = true,
        HttpMessageInvoker? http = null)
    {
        Server = server;
        Passes = passes;
        Client = new SseClient(
            http ?? new HttpMessageInvoker(server),
            (attempt, _) =>
            {
                Attempts.Add(attempt);
                return new(create is null ? new HttpRequestMessage(HttpMethod.Get, Address) : create(attempt));
            },
            options,
            Time,
            this,
            () => random);
    }

    public ScriptedHandler Server { get; }

    public ObservedTime Time { get; } = new();

    public SseClient Client { get; }

    public List<SseAttempt> Attempts { get; } = [];

    public List<string> NotSent { get; } = [];

    public bool Passes { get; }

    /// <summary>Where each attempt was said to go to.</summary>
    public List<Uri?> Addresses { get; } = [];

    /// <summary>Which statuses of refused requests were told of, before they were made once more.</summary>
    public List<System.Net.HttpStatusCode?> Renewals { get; } = [];

    /// <summary>How many events were reported as taken.</summary>
    public long Taken { get; private set; }

    /// <summary>How long the last bytes were waited for.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>How the client was told to have ended.</summary>
    public List<SseEndReason> Ends { get; } = [];

    /// <summary>Is called when a wait was decided, before it begins.</summary>
    public Action? OnWait { get; set; }

    public TimeSpan[] Delays
    {
        get
        {
            lock (_gate)
            {
                return [.. _delays];
            }
        }
    }

    public static HttpRequestMessage Post(string body = "question") =>
        new(HttpMethod.Post, Address) { Content = new StringContent(body) };

    /// <summary>The data of all events, to the end.</summary>
    public async Task<string[]> ReadAsync()
    {
        List<string> data = [];
        await foreach (SseItem<string> item in Client.ReadAllAsync())
        {
            data.Add(item.Data);
        }

        return [.. data];
    }

    /// <summary>The failure that reading ends with.</summary>
    public async Task<SseException> FailAsync()
    {
        SseException failure = await Xunit.Assert.ThrowsAsync<SseException>(async () => await ReadAsync());
        Xunit.Assert.Equal(SseClientState.Closed, Client.State);
        Xunit.Assert.Equal(SseEndReason.None, Client.EndReason);
        return failure;
    }

    /// <summary>The next frame.</summary>
    public async Task<string> NextAsync()
    {
        do
        {
            while (Client.TryRead(out SseFrame frame))
            {
                if (frame.Kind == SseFrameKind.Event)
                {
                    return frame.GetText();
                }
            }
        }
        while (await Signal.Of(Client.WaitToReadAsync().AsTask(), "the next bytes"));
        return "";
    }

    public override void Waits(int number, AttemptEnd end, SseException? failure, TimeSpan delay)
    {
        lock (_gate)
        {
            _delays.Add(delay);
        }

        OnWait?.Invoke();
        if (Passes && delay > TimeSpan.Zero)
        {
            _ = Time.PassAsync(TimeSpan.FromMilliseconds(Math.Ceiling(delay.TotalMilliseconds)));
        }
    }

    /// <summary>Ends when a stream has opened.</summary>
    public Task OpenedAsync() => Signal.Of(_opened.Task, "an open stream");

    public override void Opened(int number) => _opened.TrySetResult();

    public override void AttemptBegan(int number, HttpMethod method, Uri? uri) => Addresses.Add(uri);

    public override void Renews(int number, SseException? failure) => Renewals.Add(failure?.StatusCode);

    public override void BytesRead(int bytes, TimeSpan waited) => Waited = waited;

    public override void EventsTaken(long events) => Taken += events;

    public override void Closed(SseEndReason reason, SseException? failure) => Ends.Add(reason);

    public override void IdNotSent(string reason) => NotSent.Add(reason);

    public ValueTask DisposeAsync() => Client.DisposeAsync();
}
