namespace Unarr.Agents.Protocol;

/// <summary>The actions that the protocol names, as constants: reading one allocates nothing.</summary>
internal static class KnownAction
{
    /// <summary>Returns the action whose name these bytes are; <see langword="null"/> when the protocol does not name it.</summary>
    public static string? Of(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("pause"u8) ? "pause"
        : name.SequenceEqual("resume"u8) ? "resume"
        : name.SequenceEqual("cancel"u8) ? "cancel"
        : name.SequenceEqual("stream"u8) ? "stream"
        : null;
}
