using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>
/// A relay that holds each piece of a chunked answer back until the next one comes, as some scanning proxies do: a piece is a chunk,
/// however the chunks were cut on the way to it. For one connection.
/// </summary>
internal sealed class OnePieceBehindRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;

    public OnePieceBehindRelay(Uri upstream)
    {
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _running = RunAsync(upstream);
    }

    public Uri Address { get; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task RunAsync(Uri upstream)
    {
        try
        {
            using TcpClient down = await _listener.AcceptTcpClientAsync(_end.Token);
            using TcpClient up = new();
            await up.ConnectAsync(upstream.Host, upstream.Port, _end.Token);
            Task requests = down.GetStream().CopyToAsync(up.GetStream(), _end.Token);
            using StreamReader answer = new(up.GetStream(), Encoding.Latin1);
            string held = "";
            while (await ReadPieceAsync(answer) is { } piece)
            {
                await down.GetStream().WriteAsync(Encoding.Latin1.GetBytes(held), _end.Token);
                held = piece;
            }

            await requests;
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The test has ended it, or one of its ends is gone.
        }
    }

    private async Task<string?> ReadPieceAsync(StreamReader answer)
    {
        string? line = await answer.ReadLineAsync(_end.Token);
        if (line is null)
        {
            return null;
        }

        StringBuilder piece = new($"{line}\r\n");
        if (line.StartsWith("HTTP/", StringComparison.Ordinal))
        {
            while (line is { Length: > 0 })
            {
                line = await answer.ReadLineAsync(_end.Token);
                piece.Append(line).Append("\r\n");
            }

            return piece.ToString();
        }

        char[] chunk = new char[int.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture) + 2];
        await answer.ReadBlockAsync(chunk, _end.Token);
        return piece.Append(chunk).ToString();
    }
}
