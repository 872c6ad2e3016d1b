using System.Buffers.Text;

namespace Unarr.Agents.Downlink.Deciding;

/// <summary>"The connect comment may tell it: hb=15000 (milliseconds) anywhere in its text."</summary>
internal static class ToldHeartbeat
{
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
