namespace Unarr.Pipelines.Sse;

/// <summary>Options for reading the bytes of an event stream, with the exact bounds that the bytes must keep.</summary>
/// <remarks>
/// <para>The constructors that take these options check and copy them: a later change has no effect. A stream that passes a bound fails
/// with an <see cref="SseException"/>.</para>
/// <para>
/// One framer holds at most 4 × <see cref="MaxLineBytes"/> + <see cref="MaxEventBytes"/> bytes, whatever the peer sends. While one of its
/// buffers grows, it also holds the old buffer, which has at most half of the size. When the bounds are powers of two, all memory is from
/// the shared array pool.
/// </para>
/// </remarks>
public sealed class SseReaderOptions
{
    /// <summary>The smallest value of either bound.</summary>
    internal const int MinBoundBytes = 16;

    /// <summary>The largest value of either bound: 1 GiB.</summary>
    internal const int MaxBoundBytes = 1 << 30;

    internal static SseReaderOptions Default { get; } = new();

    /// <summary>The dialect in which the lines are read. Default: <see cref="SseDialect.Html"/>.</summary>
    public SseDialect Dialect { get; set; }

    /// <summary>
    /// The longest line, in bytes, with its terminator (in <see cref="SseDialect.Html"/> each terminator counts as one byte, and a byte
    /// order mark is not counted). The bound is for comments and unknown fields too. From 16 bytes to 1 GiB. Default: 262,144.
    /// </summary>
    public int MaxLineBytes { get; set; } = 256 * 1024;

    /// <summary>
    /// The longest data of an event, in bytes, its lines joined (in <see cref="SseDialect.Agent"/> one byte of the bound is reserved for
    /// the line end of the last piece while that is the only piece). From 16 bytes to 1 GiB. Default: 1,048,576.
    /// </summary>
    public int MaxEventBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Whether the stream, response or pipe stays open when its reader is disposed: the reader then does not dispose the stream or the
    /// response, and does not complete the pipe. A framer ignores this option. Default: no.
    /// </summary>
    /// <remarks>
    /// The reader does not return bytes that it has taken, also when their frames were not taken: the caller can go on at the next byte
    /// that the reader did not take. Cancel a pending wait before you dispose the reader: disposing it ends a wait on a pipe at once, but
    /// a wait on a stream only when the stream's own read ends.
    /// </remarks>
    public bool LeaveOpen { get; set; }

    /// <summary>Throws when an option cannot be used.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dialect is not defined, or a bound is out of its range.</exception>
    internal static SseReaderOptions Checked(SseReaderOptions? options)
    {
        if (options is null)
        {
            return Default;
        }

        if (options.Dialect is not (SseDialect.Html or SseDialect.Agent))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Dialect, $"{nameof(Dialect)} is not a defined dialect.");
        }

        ThrowIfOutOfRange(options.MaxLineBytes, nameof(MaxLineBytes), nameof(options));
        ThrowIfOutOfRange(options.MaxEventBytes, nameof(MaxEventBytes), nameof(options));
        return options;
    }

    private static void ThrowIfOutOfRange(int bound, string option, string parameter)
    {
        if (bound is < MinBoundBytes or > MaxBoundBytes)
        {
            throw new ArgumentOutOfRangeException(parameter, bound, $"{option} must be from {MinBoundBytes} to {MaxBoundBytes} bytes.");
        }
    }
}
