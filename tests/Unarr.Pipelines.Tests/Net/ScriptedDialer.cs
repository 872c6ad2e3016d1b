using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Unarr.Pipelines.Tests.Net;

/// <summary>The addresses of a test: every attempt is handed to the test, which answers it or does not.</summary>
internal sealed class ScriptedDialer
{
    private readonly Channel<Attempt> _attempts = Channel.CreateUnbounded<Attempt>();
    private int _pending;

    /// <summary>Every connection that was made.</summary>
    public ConcurrentQueue<Connection> Connections { get; } = new();

    /// <summary>How many attempts are neither answered nor cancelled.</summary>
    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Whether cancelling always comes too late: an attempt ends as the test wants it.</summary>
    public bool IsDeaf { get; init; }

    /// <summary>Whether an attempt was begun that the test has not taken yet.</summary>
    public bool HasNext => _attempts.Reader.Count > 0;

    public Task<Attempt> NextAsync() => Http.Signal.Of(_attempts.Reader.ReadAsync().AsTask(), "an attempt");

    public async ValueTask<Stream> DialAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var attempt = new Attempt(this, address);
        await using CancellationTokenRegistration registration = cancellationToken.Register(attempt.Cancel);
        Interlocked.Increment(ref _pending);
        _attempts.Writer.TryWrite(attempt);
        try
        {
            return await attempt.Outcome.WaitAsync(IsDeaf ? CancellationToken.None : cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
    }

    internal sealed class Attempt(ScriptedDialer dialer, IPEndPoint address)
    {
        private readonly TaskCompletionSource<Stream> _outcome = new();
        private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Address => address.Address.ToString();

        public Task<Stream> Outcome => _outcome.Task;

        /// <summary>Ends when the attempt is cancelled.</summary>
        public Task CancelledAsync() => Http.Signal.Of(_cancelled.Task, "the attempt's cancelling");

        public void Cancel() => _cancelled.TrySetResult();

        public void Fail(SocketError error) => _outcome.SetException(new SocketException((int)error));

        public Connection Connect()
        {
            var connection = new Connection(Address);
            dialer.Connections.Enqueue(connection);
            _outcome.SetResult(connection);
            return connection;
        }
    }

    internal sealed class Connection(string address) : MemoryStream
    {
        public string Address => address;

        public bool IsClosed => !CanRead;
    }
}
