using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Unarr.Pipelines.Pacing;

/// <summary>A comment that advertises a stream's heartbeat interval: <c>hb=15000</c> (milliseconds) anywhere in its text.</summary>
internal static class HeartbeatComment
{
    /// <summary>The first comment of a stream of ours, in UTF-8: <c> connected hb=15000</c>.</summary>
    public static byte[] Connected(TimeSpan interval) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $" connected hb={(long)interval.TotalMilliseconds}"));

    /// <summary>Reads the interval that a comment advertises.</summary>
    /// <returns><see langword="false"/> when it advertises none.</returns>
    public static bool TryParse(ReadOnlySpan<byte> comment, out TimeSpan interval)
    {
        int at = comment.IndexOf("hb="u8);
        if (at >= 0 && Utf8Parser.TryParse(comment[(at + "hb="u8.Length)..], out uint milliseconds, out _) && milliseconds > 0)
        {
            interval = TimeSpan.FromMilliseconds(milliseconds);
            return true;
        }

        interval = default;
        return false;
    }
}
