using System.Text.Json;
using CommunityToolkit.HighPerformance.Buffers;

namespace Unarr.Agents.Protocol;

/// <summary>Makes a control's parameters out of JSON: compact, owned and within their bounds.</summary>
internal static class ControlParameters
{
    /// <summary>Reads the value at hand, and goes on to its last token.</summary>
    /// <param name="reader">At the value's first token.</param>
    /// <param name="bounds">How long and how deep it may be.</param>
    /// <param name="parameters">The value; <see langword="null"/> when it is over a bound.</param>
    /// <returns>What is wrong with it, as the end of a sentence; <see langword="null"/> when nothing is.</returns>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static string? Read(ref Utf8JsonReader reader, in ControlBounds bounds, out byte[]? parameters)
    {
        using ArrayPoolBufferWriter<byte> compact = new();
        CompactProblem problem = CompactJson.Copy(ref reader, bounds.ParametersBytes, bounds.ParametersDepth, compact);
        parameters = problem == CompactProblem.None ? compact.WrittenSpan.ToArray() : null;
        return problem switch
        {
            CompactProblem.None => null,
            CompactProblem.TooDeep => $"\"params\" are nested deeper than {bounds.ParametersDepth}",
            _ => $"\"params\" are longer than {bounds.ParametersBytes} bytes as compact JSON",
        };
    }

    /// <summary>Copies parameters that the application made.</summary>
    /// <returns>The copy; <see langword="null"/> for none and for <c>null</c>.</returns>
    /// <exception cref="ArgumentException">They are not JSON, or over a bound.</exception>
    public static byte[]? Copy(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(json, Payload.Reading);
            reader.Read();
            bool isNull = reader.TokenType == JsonTokenType.Null;
            string? problem = Read(ref reader, ControlBounds.OfWire, out byte[]? parameters);

            // Nothing but white space may follow; anything else throws.
            reader.Read();
            return problem is null ? isNull ? null : parameters : throw new ArgumentException($"A control's {problem}.");
        }
        catch (JsonException exception)
        {
            throw new ArgumentException("A control's parameters must be JSON.", exception);
        }
    }
}
