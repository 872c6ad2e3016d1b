using System.Globalization;
using System.Text;

namespace Unarr.EndToEnd.Tests.Wire;

/// <summary>One request as it came over a socket.</summary>
internal sealed class PlainRequest
{
    public required string Line { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required string Body { get; init; }

    /// <summary>Reads one request; <see langword="null"/> when the connection has ended.</summary>
    public static async Task<PlainRequest?> ReadAsync(Stream connection, CancellationToken cancellationToken)
    {
        if (await ReadLineAsync(connection, cancellationToken) is not { } first)
        {
            return null;
        }

        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        while (await ReadLineAsync(connection, cancellationToken) is { Length: > 0 } line)
        {
            string[] parts = line.Split(':', 2);
            headers[parts[0]] = parts[1].Trim();
        }

        byte[] body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        await connection.ReadExactlyAsync(body, cancellationToken);
        return new PlainRequest { Line = first, Headers = headers, Body = Encoding.UTF8.GetString(body) };
    }

    private static async Task<string?> ReadLineAsync(Stream connection, CancellationToken cancellationToken)
    {
        List<byte> line = [];
        byte[] one = new byte[1];
        while (await connection.ReadAsync(one, cancellationToken) > 0)
        {
            if (one[0] == '\n')
            {
                return Encoding.ASCII.GetString([.. line]).TrimEnd('\r');
            }

            line.Add(one[0]);
        }

        return null;
    }
}
