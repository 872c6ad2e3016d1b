using System.Text;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz.Client;

/// <summary>A server of numbered events that goes on after the last event id, in pieces of any size, and cuts streams.</summary>
internal sealed class ResumingServer(int count, byte[] choices) : HttpMessageHandler
{
    /// <summary>How many requests it answers; to the next one it says that there will be no more.</summary>
    public const int MostRequests = 300;

    private int _choice;
    private int _open;

    /// <summary>The ids that were sent, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Whether a stream was asked for while another was open.</summary>
    public bool WasConcurrent { get; private set; }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string id = request.Headers.NonValidated.TryGetValues("Last-Event-ID", out var ids) ? ids.ToString() : "";
        Asked.Add(id);
        if (Asked.Count > MostRequests)
        {
            // Cut short again and again, the client would go on for ever.
            return Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.NoContent));
        }

        if (Choose(4) == 0)
        {
            return Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.ServiceUnavailable));
        }

        int next = id.Length == 0 ? 0 : int.Parse(id, System.Globalization.CultureInfo.InvariantCulture) + 1;
        var text = new StringBuilder(Choose(3) == 0 ? ": hello\n\n" : "");
        for (; next < count; next++)
        {
            text.Append(Choose(3) switch
            {
                0 => $"data: {next}\nid: {next}\n\n",
                1 => $"id: {next}\r\ndata: {next}\r\n\r\n: beat\r\n\r\n",
                _ => $"id: {next}\ndata: {next}\n\nretry: 5\n",
            });
        }

        text.Append("data: [DONE]\n\n");
        byte[] bytes = Encoding.ASCII.GetBytes(text.ToString());
        int cut = Choose(3) == 0 ? bytes.Length : Choose(bytes.Length + 1);
        WasConcurrent |= Interlocked.Increment(ref _open) > 1;
        var body = new PieceStream(this, bytes[..cut]);
        return Task.FromResult(new HttpResponseMessage
        {
            Content = new StreamContent(body) { Headers = { { "Content-Type", "text/event-stream" } } },
        });
    }

    private int Choose(int of) => choices.Length == 0 ? _choice++ % of : (choices[_choice++ % choices.Length] * 31 + _choice) % of;

    private sealed class PieceStream(ResumingServer server, byte[] bytes) : ReadStream
    {
        private int _at;
        private int _isClosed;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (server.Choose(4) == 0)
            {
                await Task.Yield();
            }

            if (_at == bytes.Length)
            {
                return server.Choose(2) == 0 ? 0 : throw new IOException("cut");
            }

            int length = Math.Min(Math.Min(buffer.Length, bytes.Length - _at), 1 + server.Choose(40));
            bytes.AsSpan(_at, length).CopyTo(buffer.Span);
            _at += length;
            return length;
        }

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            {
                Interlocked.Decrement(ref server._open);
            }

            base.Dispose(disposing);
        }
    }
}
