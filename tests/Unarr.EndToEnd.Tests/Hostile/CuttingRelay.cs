using System.Collections.Concurrent;
using System.Globalization;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>Replays the recorded answer of one endpoint, for each mirror cut once at an offset of its own and then whole;
/// long-polls behind that are held.</summary>
internal sealed class CuttingRelay : IAsyncDisposable
{
    private readonly HostileServer _server = new();
    private readonly ConcurrentDictionary<string, int> _asked = new();
    private readonly ReadOnlyMemory<byte> _answer;
    private readonly ReadOnlyMemory<byte> _whole;

    public CuttingRelay(RecordedExchanges recorded, string endpoint)
    {
        _answer = recorded[endpoint];
        _whole = Closing(_answer.Span);
        switch (endpoint)
        {
            case "events":
                _server.Events = ReplayAsync;
                break;
            case "wake":
                _server.Wake = ReplayAsync;
                break;
            default:
                _server.Sync = ReplayAsync;
                break;
        }
    }

    /// <summary>The address under which the answer is cut at an offset.</summary>
    public Uri Mirror(int offset, Cut cut) => new(_server.Address, $"{cut}-{offset}");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ReplayAsync(HostileExchange exchange)
    {
        string mirror = exchange.Request.Path.Split('/')[1];
        int asked = _asked.AddOrUpdate(mirror, 1, (_, before) => before + 1);
        if (asked == 1)
        {
            string[] parts = mirror.Split('-');
            await exchange.WriteAsync(_answer[..int.Parse(parts[1], CultureInfo.InvariantCulture)]);
            if (parts[0] == nameof(Cut.Reset))
            {
                exchange.Reset();
            }

            return;
        }

        bool isHeld = exchange.Request.Endpoint == "wake" && asked > 2;
        await exchange.WriteAsync(isHeld ? ReadOnlyMemory<byte>.Empty : _whole);
        if (isHeld || exchange.Request.Endpoint == "events")
        {
            await exchange.HoldAsync();
        }
    }

    /// <summary>The answer with word that its connection ends: a client that used it again would be cut once more,
    /// for no byte's sake.</summary>
    private static byte[] Closing(ReadOnlySpan<byte> answer)
    {
        int headers = answer.IndexOf("\r\n"u8) + 2;
        return [.. answer[..headers], .. "Connection: close\r\n"u8, .. answer[headers..]];
    }
}
