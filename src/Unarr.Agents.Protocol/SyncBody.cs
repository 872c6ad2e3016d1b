using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Unarr.Agents.Protocol;

/// <summary>The JSON object of a sync's request or answer, with the application's own members.</summary>
/// <remarks>
/// One that the library passes to your code is valid during that call; a later use throws. One that came from the other end is read only
/// and has the protocol's members too. Not thread-safe.
/// </remarks>
public sealed class SyncBody
{
    private readonly SyncMembers? _members;
    private readonly ReadOnlySequence<byte> _received;
    private byte[]? _whole;
    private byte[]? _rented;
    private bool _hasEnded;

    /// <summary>Makes an empty object, for your tests: a request that is about to be sent.</summary>
    public SyncBody()
        : this(SyncMembers.OfRequest())
    {
    }

    private SyncBody(SyncMembers members) => _members = members;

    private SyncBody(ReadOnlySequence<byte> received) => _received = Payload.WithoutByteOrderMark(received);

    /// <summary>The object as UTF-8 JSON; valid until the next <see cref="Write"/> and at most during the call.</summary>
    /// <exception cref="InvalidOperationException">The call has ended.</exception>
    public ReadOnlySpan<byte> Utf8Json
    {
        get
        {
            ThrowIfEnded();
            return _members is null ? Received() : _whole ??= _members.ToJson();
        }
    }

    /// <summary>One whose call has ended.</summary>
    internal static SyncBody Ended { get; } = new(ReadOnlySequence<byte>.Empty) { _hasEnded = true };

    /// <summary>What the last <see cref="Read"/> that failed has thrown: it is about the other end's object.</summary>
    internal JsonException? Misfit { get; private set; }

    /// <summary>What this side has written; <see langword="null"/> when nothing.</summary>
    internal SyncMembers? Written => _members is { IsEmpty: false } ? _members : null;

    /// <summary>Makes a body as it comes from the other end, for your tests.</summary>
    /// <param name="utf8Json">The object as UTF-8 JSON; it is copied.</param>
    /// <exception cref="JsonException">It is not a JSON object.</exception>
    public static SyncBody Parse(ReadOnlySpan<byte> utf8Json)
    {
        byte[] copy = utf8Json.ToArray();
        var reader = new Utf8JsonReader(copy, Payload.Reading);
        reader.Read();
        WireMember.ThrowUnlessObject(reader.TokenType);
        reader.Skip();

        // Nothing but white space may follow; anything else throws.
        reader.Read();
        return new SyncBody(new ReadOnlySequence<byte>(copy));
    }

    /// <summary>Adds the members of an object; a member that is there already is replaced.</summary>
    /// <typeparam name="T">The object's type.</typeparam>
    /// <param name="members">The object. In a request its member <c>tasks</c>, where it has one, is the list of the tasks at hand.</param>
    /// <param name="typeInfo">The source-generated contract of the type.</param>
    /// <exception cref="ArgumentException">The value is not an object in JSON, or has a member that the protocol itself writes, in any
    /// case: in a request <c>agentId</c>, <c>name</c>, <c>version</c>, <c>os</c>, <c>arch</c>, <c>appliedControls</c> and
    /// <c>failedControls</c>, in an answer <c>controls</c>, <c>watching</c> and <c>acknowledged</c>; or a request's <c>tasks</c> is not a
    /// list. Nothing is added then.</exception>
    /// <exception cref="InvalidOperationException">The body came from the other end, or the call has ended.</exception>
    public void Write<T>(T members, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        ThrowIfEnded();
        if (_members is null)
        {
            throw new InvalidOperationException("A body that came from the other end is read only.");
        }

        _members.Add(members, typeInfo);
        _whole = null;
    }

    /// <summary>Reads the object.</summary>
    /// <typeparam name="T">The type to read it as.</typeparam>
    /// <param name="typeInfo">The source-generated contract of the type.</param>
    /// <exception cref="JsonException">The object does not fit the type.</exception>
    /// <exception cref="InvalidOperationException">The call has ended.</exception>
    public T Read<T>(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        try
        {
            return JsonSerializer.Deserialize(Utf8Json, typeInfo) ?? throw new JsonException("The object was read as null.");
        }
        catch (JsonException exception)
        {
            Misfit = exception;
            throw;
        }
    }

    /// <summary>A request that is about to be sent.</summary>
    internal static SyncBody ForRequest() => new(SyncMembers.OfRequest());

    /// <summary>An answer that is about to be sent.</summary>
    internal static SyncBody ForAnswer() => new(SyncMembers.OfAnswer());

    /// <summary>A body that came, whose memory is valid until <see cref="End"/>.</summary>
    internal static SyncBody Over(in ReadOnlySequence<byte> received) => new(received);

    /// <summary>The call has ended: every later use throws. What was written stays with the caller.</summary>
    /// <param name="isAbandoned">Whether the call goes on and is not waited for: memory that it may be reading is not used again.</param>
    internal void End(bool isAbandoned = false)
    {
        _hasEnded = true;
        _whole = null;
        if (_rented is { } rented && !isAbandoned)
        {
            _rented = null;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private ReadOnlySpan<byte> Received()
    {
        if (_received.IsSingleSegment)
        {
            return _received.FirstSpan;
        }

        int length = (int)_received.Length;
        if (_rented is null)
        {
            _rented = ArrayPool<byte>.Shared.Rent(length);
            _received.CopyTo(_rented);
        }

        return _rented.AsSpan(0, length);
    }

    private void ThrowIfEnded()
    {
        if (_hasEnded)
        {
            throw new InvalidOperationException("The body of a sync is valid only during the call that it is passed to.");
        }
    }
}
