namespace Unarr.Pipelines.Sse;

/// <summary>The version of something that one thread changes and any thread reads; odd while it changes.</summary>
internal struct SharedVersion
{
    private int _value;

    public readonly int Value => Volatile.Read(in _value);

    /// <summary>Orders the writes before it before those behind it.</summary>
    public static void PublishWrites() => Volatile.WriteBarrier();

    /// <summary>Whether what was read since <see cref="Value"/> was <paramref name="version"/> is of that version whole.</summary>
    public readonly bool IsStill(int version)
    {
        Volatile.ReadBarrier();
        return (version & 1) == 0 && Value == version;
    }

    public void BeginChange()
    {
        _value++;

        // No write of what changes is seen before this one; a locked instruction would cost more than the copy of an id.
        Volatile.WriteBarrier();
    }

    public void EndChange() => Volatile.Write(ref _value, _value + 1);
}
