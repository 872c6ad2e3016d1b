namespace Unarr.Agents.Hub.Nats;

/// <summary>What the store has of one agent, at one revision: its pending controls in order, and those that have just ended.</summary>
/// <remarks>Immutable. It is parsed when somebody first looks into it.</remarks>
internal sealed class PendingDocument
{
    private readonly string _agentId;
    private readonly byte[] _content;
    private DocumentContent? _parsed;

    public PendingDocument(string agentId, ulong revision, byte[] content, DocumentMark mark)
    {
        _agentId = agentId;
        _content = content;
        Revision = revision;
        Mark = mark;
    }

    private PendingDocument(string agentId, ulong revision, DocumentContent parsed, DocumentMark mark)
        : this(agentId, revision, [], mark) => _parsed = parsed;

    /// <summary>The revision that the next write expects.</summary>
    public ulong Revision { get; }

    /// <summary>What is known of it without parsing.</summary>
    public DocumentMark Mark { get; }

    /// <exception cref="ControlStoreException">It cannot be read.</exception>
    public DocumentContent Content => _parsed ??= DocumentCodec.Read(_agentId, _content);

    public static PendingDocument Empty(string agentId, ulong revision, string writes = "") =>
        new(agentId, revision, DocumentContent.Empty, new DocumentMark(0, 0, 0, writes));

    public static PendingDocument Of(string agentId, ulong revision, DocumentContent content, DocumentMark mark) =>
        new(agentId, revision, content, mark);
}
