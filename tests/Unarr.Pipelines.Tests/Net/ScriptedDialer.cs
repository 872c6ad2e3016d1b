using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Unarr.Pipelines.Tests.Net;

/// <summary>The addresses of a test: every attempt is handed to the test, which answers it or does not.</summary>
internal sealed class ScriptedDialer
{
    private readonly Channel<Attempt> _attempts = Channel.CreateUnbounded<Attempt>();

    /// <summary>Every connection that was made.</summary>
    public ConcurrentQueue<Connection> Connections { get; } = new();

    /// <summary>How many attempts are neither answered nor cancelled.</summary>
    public int Pending { get; private set; }

    /// <summary>Whether an attempt was begun that the test has not taken yet.</summary>
    public bool HasNext => _attempts.Reader.Count > 0;

    public Task<Attempt> NextAsync() => Http.Signal.Of(_attempts.Reader.ReadAsync().AsTask(), "an attempt");

    public async ValueTask<Stream> DialAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var attempt = new Attempt(this, address);
        Pending++;
        _attempts.Writer.TryWrite(attempt);
        try
        {
            return await attempt.Outcome.WaitAsync(cancellationToken);
        }
        finally
        {
            Pending--;
        }
    }

    internal sealed class Attempt(ScriptedDialer dialer, IPEndPoint address)
    {
        private readonly TaskCompletionSource<Stream> _outcome = new();

        public string Address => address.Address.ToString();

        public Task<Stream> Outcome => _outcome.Task;

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
