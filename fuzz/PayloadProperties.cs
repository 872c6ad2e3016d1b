using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz;

public class PayloadProperties
{
    [Many(40_000)]
    public bool Command_is_read_as_the_reference_reads_it(RandomPayload payload) =>
        IsReadAs(ReferencePayload.Command(payload.Bytes), payload, ProtocolJson.ControlCommand, ReferencePayload.Describe);

    [Many(20_000)]
    public bool Answer_to_a_sync_is_read_as_the_reference_reads_it(RandomPayload payload) =>
        IsReadAs(ReferencePayload.Answer(payload.Bytes), payload, ProtocolJson.SyncResponse, ReferencePayload.Describe);

    [Many(10_000)]
    public bool Answer_to_a_poll_is_read_as_the_reference_reads_it(RandomPayload payload) =>
        IsReadAs(ReferencePayload.Wake(payload.Bytes), payload, ProtocolJson.WakeResponse, ReferencePayload.Describe);

    private static bool IsReadAs<T>(string? expected, RandomPayload payload, JsonTypeInfo<T> contract, Func<T, string> describe)
        where T : class
    {
        ReadOnlySequence<byte> pieces = Segment.Sequence(Framing.Split(payload.Bytes, [payload.PieceBytes]));
        return Described(() => Payload.Read(payload.Bytes, contract), describe) == expected
            && Described(() => Payload.Read(pieces, contract), describe) == expected;
    }

    private static string? Described<T>(Func<T?> read, Func<T, string> describe)
        where T : class
    {
        try
        {
            return read() is { } value ? describe(value) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
