namespace Unarr.Pipelines.Sse;

/// <summary>The exact bounds of one event stream. A stream that passes one of them is refused with an <see cref="SseException"/>.</summary>
/// <remarks>
/// One framer holds at most 4 × <see cref="MaxLineBytes"/> + <see cref="MaxEventBytes"/> bytes, whatever the peer sends; while one of its
/// buffers grows, the half as large one it grows from is held too. Bounds that are powers of two are served from the array pool alone.
/// </remarks>
public sealed record SseLimits
{
    /// <summary>The smallest value that either bound can have: 16 bytes.</summary>
    public const int Minimum = 16;

    /// <summary>The largest value that either bound can have: 1 GiB.</summary>
    public const int Maximum = 1 << 30;

    /// <summary>256 KiB a line, 1 MiB an event.</summary>
    public static SseLimits Default { get; } = new();

    /// <summary>
    /// How long a line may be, in bytes, terminator included (in <see cref="SseDialect.WhatWg"/> every terminator counts as one byte and
    /// a byte order mark as none). Comments and unknown fields count too. Default: 262,144.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below <see cref="Minimum"/> or above <see cref="Maximum"/>.</exception>
    public int MaxLineBytes { get; init => field = Checked(value, nameof(MaxLineBytes)); } = 256 * 1024;

    /// <summary>
    /// How long the joined data of an event may be, in bytes (in <see cref="SseDialect.Agent"/> one byte of it is set aside for the
    /// line end of the last piece while it is the only one). Default: 1,048,576.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below <see cref="Minimum"/> or above <see cref="Maximum"/>.</exception>
    public int MaxEventBytes { get; init => field = Checked(value, nameof(MaxEventBytes)); } = 1024 * 1024;

    private static int Checked(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, Minimum, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Maximum, name);
        return value;
    }
}
