using System.Text;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>What one request was answered, and which key it was sent with.</summary>
internal sealed class Answer(HttpResponseMessage response, string key, KeyStamp stamp) : IDisposable
{
    public HttpResponseMessage Response => response;

    /// <summary>The mark of the key that the request was sent with.</summary>
    public KeyStamp Stamp => stamp;

    /// <summary>The key that the request was sent with; for nothing but to keep it out of texts.</summary>
    public string Key => key;

    /// <summary>A text that the peer had a hand in, without the key, nor one that a handler of the application has put in its
    /// place.</summary>
    public string Redacted(string text) =>
        KeyRedaction.Redacted(KeyRedaction.Redacted(text, key), response.RequestMessage?.Headers.Authorization?.Parameter);

    /// <summary>Compact JSON that the peer made: nothing where it holds the key, which would not be JSON without it.</summary>
    public ReadOnlyMemory<byte> Redacted(ReadOnlyMemory<byte> compact)
    {
        string text = Encoding.UTF8.GetString(compact.Span);

        // The only escapes that a key can have in compact JSON.
        string unescaped = text.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
        return Redacted(text) == text && Redacted(unescaped) == unescaped ? compact : default;
    }

    public void Dispose() => response.Dispose();
}
