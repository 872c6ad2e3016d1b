using System.Globalization;
using System.Text.Json;

namespace Unarr.Agents.Hub.Nats;

/// <summary>Asks servers over their monitoring addresses how they sync what they store; over NATS they do not say it.</summary>
internal static class ServerMonitor
{
    public const string Always = "always";
    public const string Unknown = "unknown";

    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);

    /// <returns><c>always</c>, such as <c>every 120 s</c>, or <c>unknown</c>: of several servers the one that may lose most.</returns>
    public static async Task<string> ReadSyncAsync(IReadOnlyList<Uri> addresses, CancellationToken cancellationToken)
    {
        if (addresses.Count == 0)
        {
            return Unknown;
        }

        using HttpClient client = new() { Timeout = AnswerTime, MaxResponseContentBufferSize = 1024 * 1024 };
        TimeSpan?[] intervals = await Task.WhenAll(addresses.Select(address => ReadAsync(client, address, cancellationToken)))
            .ConfigureAwait(false);
        TimeSpan longest = intervals.Max() ?? TimeSpan.Zero;
        return longest > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"every {longest.TotalSeconds:0.###} s")
            : Array.Exists(intervals, static interval => interval is null) ? Unknown
            : Always;
    }

    /// <returns>How often the server syncs, zero for each write; <see langword="null"/> when it does not say so.</returns>
    private static async Task<TimeSpan?> ReadAsync(HttpClient client, Uri address, CancellationToken cancellationToken)
    {
        try
        {
            byte[] answer = await client.GetByteArrayAsync(new Uri(address, "jsz?config=true"), cancellationToken).ConfigureAwait(false);
            using JsonDocument json = JsonDocument.Parse(answer);
            return !json.RootElement.TryGetProperty("config", out JsonElement config) ? null
                : config.TryGetProperty("sync_always", out JsonElement always) && always.GetBoolean() ? TimeSpan.Zero
                : config.TryGetProperty("sync_interval", out JsonElement interval) ? TimeSpan.FromTicks(interval.GetInt64() / 100)
                : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or InvalidOperationException or FormatException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The node starts without it, and says that it is not known.
            return null;
        }
    }
}
