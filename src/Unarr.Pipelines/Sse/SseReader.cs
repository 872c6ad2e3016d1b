using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Unarr.Pipelines.Sse;

/// <summary>Reads one event stream to its end, with one await per read and none per frame.</summary>
/// <remarks>
/// Between two frames of a read nothing is awaited, copied or allocated. Over a stream the reader holds no buffer while it waits for bytes.
/// Over a pipe it consumes all bytes of every read, so the pipe never grows. A reader is not thread-safe: it has one caller at a time.
/// <example>
/// <code>
/// await using var reader = new SseReader(stream);
/// while (await reader.WaitToReadAsync(cancellationToken))
/// {
///     while (reader.TryRead(out SseFrame frame))
///     {
///         if (frame.Kind == SseFrameKind.Event)
///         {
///             Console.WriteLine(frame.GetText());
///         }
///     }
/// }
/// </code>
/// </example>
/// </remarks>
public sealed class SseReader : SseSource
{
    private const int ReadBufferBytes = 64 * 1024;

    private readonly SseFramer _framer;
    private readonly ByteSource _source;
    private HttpResponseMessage? _response;
    private bool _ended;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Makes a reader over a stream.</summary>
    /// <remarks>
    /// The reader holds no buffer while it waits for bytes (it makes zero-byte reads). Its buffer is 64 KiB, from the shared pool; a longer
    /// line makes it grow, up to twice <see cref="SseReaderOptions.MaxLineBytes"/> rounded up to a power of two. After 4 reads of 2 KiB and
    /// more in a row, or 8 of any size that completed at once, it asks for the next bytes without waiting for them first, and then holds
    /// the buffer until they come. After those 8 it also reads on by itself while few bytes come that complete no frame.
    /// </remarks>
    /// <param name="stream">The stream; the reader disposes it, unless <see cref="SseReaderOptions.LeaveOpen"/> is set.</param>
    /// <param name="options">The dialect and the bounds. Default: those of <see cref="SseReaderOptions"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dialect is not defined, or a bound is out of its range.</exception>
    public SseReader(Stream stream, SseReaderOptions? options = null)
        : this(stream, options, ReadBufferBytes)
    {
    }

    /// <summary>Makes a reader over a pipe.</summary>
    /// <param name="pipe">The pipe; the reader completes it when the reader is disposed,
    /// unless <see cref="SseReaderOptions.LeaveOpen"/> is set.</param>
    /// <param name="options">The dialect and the bounds. Default: those of <see cref="SseReaderOptions"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dialect is not defined, or a bound is out of its range.</exception>
    public SseReader(PipeReader pipe, SseReaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        _framer = new SseFramer(options) { KeepsSpareArrays = true };
        _source = new PipeSource(pipe, _framer, options?.LeaveOpen ?? false);
    }

    internal SseReader(Stream stream, SseReaderOptions? options, int bufferBytes)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _framer = new SseFramer(options) { KeepsSpareArrays = true, IsExtended = true };
        _source = new StreamSource(stream, _framer, bufferBytes, options?.LeaveOpen ?? false);
    }

    /// <summary>Reads a stream with a framer that was made for it: it keeps spare arrays, and its bytes are extended.</summary>
    internal SseReader(Stream stream, SseFramer framer)
    {
        _framer = framer;
        _source = new StreamSource(stream, framer, ReadBufferBytes, leaveOpen: false);
    }

    /// <inheritdoc/>
    public override string LastEventId => _framer.LastEventIdText;

    /// <inheritdoc/>
    public override TimeSpan? ReconnectionInterval => _framer.ReconnectionInterval;

    /// <summary>The bytes of all arrays held now.</summary>
    internal long HeldBytes => _framer.HeldBytes + _source.HeldBytes;

    /// <summary>How many bytes were ever copied from where they had been received.</summary>
    internal long CopiedBytes => _framer.CopiedBytes;

    /// <summary>Makes a reader over the body of a response, when the response is an event stream:
    /// status 200 and <c>text/event-stream</c>.</summary>
    /// <remarks>Ask for the response with <see cref="HttpCompletionOption.ResponseHeadersRead"/>: otherwise the client returns it only when
    /// the stream has ended. The HTTP handler must decompress a compressed body.</remarks>
    /// <param name="response">
    /// The response; the reader disposes it, and so does this method when it fails, unless <see cref="SseReaderOptions.LeaveOpen"/> is set.
    /// </param>
    /// <param name="options">The dialect and the bounds. Default: those of <see cref="SseReaderOptions"/>.</param>
    /// <param name="cancellationToken">Ends the wait for the body of a response that is not an event stream.</param>
    /// <returns>The reader.</returns>
    /// <exception cref="SseException">
    /// The response is not an event stream (<see cref="SseError.Status"/> or <see cref="SseError.MediaType"/>). The exception holds the
    /// status, the address, and as much of the first 1,024 bytes of the body as came within 5 seconds.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The dialect is not defined, or a bound is out of its range.</exception>
    public static ValueTask<SseReader> FromResponseAsync(
        HttpResponseMessage response, SseReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        SseReaderOptions.Checked(options);
        return FromResponseAsync(response, options, TimeProvider.System, cancellationToken);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override bool TryRead(out SseFrame frame) => _framer.TryRead(out frame);

    /// <inheritdoc/>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the pipe's pending read was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The reader was disposed earlier, or during the wait.</exception>
    /// <exception cref="IOException">The stream failed. Frames that had arrived earlier were returned first.</exception>
    /// <exception cref="SseException">A line or an event passed its bound earlier.</exception>
    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        _framer.EndFrame();
        if (!_framer.IsDrained || _ended)
        {
            return WithoutRead();
        }

        ValueTask<bool> read = BeginRead(cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<bool>(EndRead(read.Result)) : EndReadAsync(read, cancellationToken);
    }

    /// <summary>Ends the stream, response or pipe, unless <see cref="SseReaderOptions.LeaveOpen"/> is set, and returns every buffer to its
    /// pool. Disposing twice is harmless.</summary>
    /// <remarks>
    /// A caller may dispose the reader while <see cref="WaitToReadAsync"/> is pending. That wait ends with an
    /// <see cref="ObjectDisposedException"/> as soon as the pipe's or stream's own read ends. Disposing ends the read of a pipe, and of the
    /// streams of HTTP.
    /// </remarks>
    public override ValueTask DisposeAsync() =>
        Interlocked.Exchange(ref _response, null) is { } response ? DisposeAsync(response) : _source.CloseAsync();

    internal static async ValueTask<SseReader> FromResponseAsync(
        HttpResponseMessage response, SseReaderOptions? options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        bool leaveOpen = options?.LeaveOpen ?? false;
        HttpResponseMessage? failed = leaveOpen ? null : response;
        try
        {
            if (await EventStreamResponse.FailureOfAsync(response, timeProvider, cancellationToken).ConfigureAwait(false) is { } failure)
            {
                throw failure;
            }

            Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var reader = new SseReader(body, options) { _response = leaveOpen ? null : response };
            failed = null;
            return reader;
        }
        finally
        {
            failed?.Dispose();
        }
    }

    private async ValueTask DisposeAsync(HttpResponseMessage response)
    {
        await _source.CloseAsync().ConfigureAwait(false);
        response.Dispose();
    }

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
