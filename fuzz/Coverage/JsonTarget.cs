using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz.Coverage;

/// <summary>The payloads, each contract on the same bytes: they are read, or refused with a <see cref="JsonException"/>.</summary>
internal static class JsonTarget
{
    private static readonly int[] SegmentSizes = [1, 7];

    public static void Run(byte[] bytes)
    {
        ReadBack(bytes, ProtocolJson.Control);
        Check(ReadBack(bytes, ProtocolJson.ControlCommand)?.Controls);
        Check(ReadBack(bytes, ProtocolJson.SyncResponse)?.Controls);
        ReadBack(bytes, ProtocolJson.WakeResponse);
        Read(bytes, ProtocolJson.SyncRequest);
        Read(bytes, ProtocolJsonContext.Default.ErrorResponse);
        Line(Encoding.UTF8.GetString(bytes));
    }

    /// <summary>Reads in one piece and in several, and what was read again from how it is written.</summary>
    private static T? ReadBack<T>(byte[] bytes, JsonTypeInfo<T> contract)
        where T : class
    {
        T? value = Read(bytes, contract);
        string written = Written(value, contract);
        foreach (int size in SegmentSizes)
        {
            FindingException.ThrowUnless(
                written == Written(ReadSegments(bytes, size, contract), contract), "a payload does not depend on how it lies in memory");
        }

        if (value is not null)
        {
            FindingException.ThrowUnless(
                written == Written(Read(Encoding.UTF8.GetBytes(written), contract), contract), "what is written is read back");
        }

        return value;
    }

    private static T? Read<T>(byte[] bytes, JsonTypeInfo<T> contract)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, contract);
        }
        catch (JsonException exception)
        {
            PayloadException.Describe(exception);
            return null;
        }
    }

    /// <summary>As a body that lies in several arrays is read.</summary>
    private static T? ReadSegments<T>(byte[] bytes, int size, JsonTypeInfo<T> contract)
        where T : class
    {
        try
        {
            var reader = new Utf8JsonReader(Segment.Sequence(Framing.Split(bytes, [size])));
            T? value = JsonSerializer.Deserialize(ref reader, contract);
            reader.Read();
            return value;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A line of the file in which applied controls are kept.</summary>
    private static void Line(string line)
    {
        try
        {
            JsonSerializer.Deserialize(line, ProtocolJsonContext.Default.SettledControl);
        }
        catch (JsonException exception)
        {
            PayloadException.Describe(exception);
        }
    }

    private static string Written<T>(T? value, JsonTypeInfo<T> contract)
        where T : class => value is null ? "" : JsonSerializer.Serialize(value, contract);

    private static void Check(IReadOnlyList<Control>? controls)
    {
        foreach (Control control in controls ?? [])
        {
            FindingException.ThrowUnless(control is { Action: not null, TaskId: not null }, "no member is null whose type says so");
            FindingException.ThrowUnless(
                Encoding.UTF8.GetByteCount(control.Action) <= Control.MaxStringBytes
                && Encoding.UTF8.GetByteCount(control.TaskId) <= Control.MaxStringBytes
                && Encoding.UTF8.GetByteCount(control.Id ?? "") <= Control.MaxStringBytes,
                "a string is within its bound");
        }
    }
}
