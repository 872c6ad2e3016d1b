namespace Unarr.Pipelines.Fuzz.Coverage;

/// <summary>One read, in one byte: two bits for how it comes, six for its size.</summary>
internal readonly record struct Cut(byte Value)
{
    private const int LastExactSize = 47;

    /// <summary>0 to 47 as they are, then 160 to 2,560 in steps of 160: several reads of 2 KiB in a row are read in another way.</summary>
    public int Bytes => Size <= LastExactSize ? Size : (Size - LastExactSize) * 160;

    /// <summary>Whether the bytes are not there yet when they are asked for.</summary>
    public bool Waits => (Value & 0x40) != 0;

    /// <summary>Whether the wait for them is cancelled once before they come.</summary>
    public bool IsCancelled => (Value & 0x80) != 0;

    private int Size => Value & 0x3F;
}
