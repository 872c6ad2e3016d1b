using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Unarr.Pipelines.Sse;

/// <summary>Reads the frames of an event stream from a <see cref="PipeReader"/>: one await per read, none per frame.</summary>
/// <remarks>
/// All that the pipe has is consumed on every read, so the pipe never grows; between two frames of a read nothing is awaited, copied or
/// allocated. Not thread-safe: one caller at a time.
/// <example>
/// <code>
/// await using var reader = SseReader.Create(stream);
/// while (await reader.WaitToReadAsync(cancellationToken))
/// {
///     while (reader.TryRead(out SseFrame frame))
///     {
///         if (frame.Kind == SseFrameKind.Event)
///         {
///             Console.WriteLine(Encoding.UTF8.GetString(frame.Data.Span));
///         }
///     }
/// }
/// </code>
/// </example>
/// </remarks>
public sealed class SseReader : IAsyncDisposable
{
    private const int ReadBufferBytes = 64 * 1024;

    private readonly SseFramer _framer;
    private readonly ByteSource _source;
    private bool _ended;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Makes a reader over a pipe.</summary>
    /// <param name="pipe">The pipe; it is completed when this reader is disposed.</param>
    /// <param name="dialect">How the bytes are read. Default: <see cref="SseDialect.WhatWg"/>.</param>
    /// <param name="limits">The bounds. Default: <see cref="SseLimits.Default"/>.</param>
    public SseReader(PipeReader pipe, SseDialect dialect = SseDialect.WhatWg, SseLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        _framer = new SseFramer(dialect, limits) { KeepsSpareArrays = true };
        _source = new PipeSource(pipe, _framer);
    }

    internal SseReader(Stream stream, SseDialect dialect, SseLimits? limits, int bufferBytes)
    {
        _framer = new SseFramer(dialect, limits) { KeepsSpareArrays = true, IsExtended = true };
        _source = new StreamSource(stream, _framer, bufferBytes);
    }

    /// <summary>Makes a reader over a stream that holds no buffer while it waits for bytes (zero-byte reads).</summary>
    /// <remarks>
    /// Its buffer is 64 KiB, from the shared pool. Only behind several reads of 2 KiB and more in a row does it ask for the next bytes
    /// without waiting for them first, and then holds the buffer until they come.
    /// </remarks>
    /// <param name="stream">The stream; it is disposed when the reader is.</param>
    /// <param name="dialect">How the bytes are read. Default: <see cref="SseDialect.WhatWg"/>.</param>
    /// <param name="limits">The bounds. Default: <see cref="SseLimits.Default"/>.</param>
    public static SseReader Create(Stream stream, SseDialect dialect = SseDialect.WhatWg, SseLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new SseReader(stream, dialect, limits, ReadBufferBytes);
    }

    /// <summary>Takes the next frame out of the bytes already received.</summary>
    /// <param name="frame">The frame; its memory is valid until the next call on this reader.</param>
    /// <returns><see langword="false"/> when no frame is complete yet: await <see cref="WaitToReadAsync"/>.</returns>
    /// <exception cref="SseException">A line or an event passed its bound; the reader is finished.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out SseFrame frame) => _framer.TryRead(out frame);

    /// <summary>Waits for the stream's next bytes.</summary>
    /// <param name="cancellationToken">Ends the wait. The reader stays usable: nothing is lost, and a later call goes on.</param>
    /// <returns>
    /// <see langword="true"/> when bytes came: call <see cref="TryRead"/> until it returns <see langword="false"/> (they need not hold a
    /// whole frame); <see langword="false"/> when the stream has ended and every frame has been taken.
    /// </returns>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the pipe's pending read was.</exception>
    /// <exception cref="ObjectDisposedException">The reader was disposed, before or meanwhile.</exception>
    /// <exception cref="IOException">The stream failed. Frames that had arrived before were given first.</exception>
    /// <exception cref="SseException">A line or an event passed its bound before.</exception>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        if (!_framer.IsDrained || _ended)
        {
            return WithoutRead();
        }

        ValueTask<bool> read = BeginRead(cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<bool>(EndRead(read.Result)) : EndReadAsync(read, cancellationToken);
    }

    /// <summary>All frames to the end of the stream.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The frames; the memory of each is valid until the next one is asked for.</returns>
    /// <exception cref="SseException">A line or an event passed its bound.</exception>
    public async IAsyncEnumerable<SseFrame> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (TryRead(out SseFrame frame))
            {
                yield return frame;
            }
        }
    }

    /// <summary>Completes the pipe and gives every buffer back. Disposing twice is harmless.</summary>
    /// <remarks>
    /// It may be called while <see cref="WaitToReadAsync"/> is pending. That ends with an <see cref="ObjectDisposedException"/> as soon as the
    /// pipe's or stream's own read does, which disposing ends for a pipe and for the streams of HTTP.
    /// </remarks>
    public ValueTask DisposeAsync() => _source.CloseAsync();

    /// <summary>The bytes of all arrays held now.</summary>
    internal long HeldBytes => _framer.HeldBytes + _source.HeldBytes;

    /// <summary>How many bytes were ever copied from where they had been received.</summary>
    internal long CopiedBytes => _framer.CopiedBytes;

    private ValueTask<bool> WithoutRead()
    {
        try
        {
            _framer.ThrowIfUnusable();
            return new ValueTask<bool>(!_framer.IsDrained || TakeEnd());
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<bool>(exception);
        }
    }

    /// <summary>Ends the stream, of which everything has been taken.</summary>
    /// <returns>Whether the end itself may give a frame.</returns>
    private bool TakeEnd()
    {
        _failure?.Throw();
        _framer.Complete();
        _source.ReleaseBuffer();
        return !_framer.IsDrained;
    }

    private ValueTask<bool> BeginRead(CancellationToken cancellationToken)
    {
        try
        {
            return _source.ReadAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<bool>(exception);
        }
    }

    private bool EndRead(bool goesOn)
    {
        _ended = !goesOn;
        return goesOn || !_framer.IsDrained || TakeEnd();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> EndReadAsync(ValueTask<bool> read, CancellationToken cancellationToken)
    {
        bool goesOn;
        try
        {
            goesOn = await read.ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !_source.WasCancelled && !_source.IsClosed)
        {
            // "Also when an I/O error ends the stream (the error comes after)."
            _failure = ExceptionDispatchInfo.Capture(exception);
            _ended = true;
            _framer.Complete();
            return true;
        }

        return EndRead(goesOn);
    }
}
