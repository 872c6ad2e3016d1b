using System.Globalization;
using System.Text.Json;

namespace Unarr.Agents.Protocol;

/// <summary>A payload is JSON and not what the protocol knows; the message is a text of ours.</summary>
internal sealed class PayloadException(string message) : JsonException(message)
{
    /// <summary>Why a payload does not parse, without a word of it: the runtime's messages quote it, and a hostile server may send the
    /// key back in any spelling.</summary>
    public static string Describe(JsonException exception)
    {
        string reason = exception is PayloadException ? exception.Message : "It is no valid JSON of this kind.";
        return exception is { LineNumber: { } line, BytePositionInLine: { } position }
            ? string.Create(CultureInfo.InvariantCulture, $"{reason} (line {line + 1}, byte {position + 1})")
            : reason;
    }
}
