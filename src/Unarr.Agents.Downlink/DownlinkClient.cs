using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using CommunityToolkit.HighPerformance.Buffers;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink;

/// <summary>
/// Asks the control plane's other endpoints, over a downlink's servers and with its API key. An object of its own, so that the services of
/// a handler can have it. Thread-safe.
/// </summary>
/// <remarks>
/// <para>It belongs to the downlink whose <see cref="DownlinkServices.Client"/> it is, and can be used from that downlink's construction to
/// its end.</para>
/// <para>The rules are those of syncs: the next server is asked when one cannot be reached or does not answer, each at most once; a refused
/// key is read again and tried once; redirects are followed within a server only. Each server has
/// <see cref="DownlinkOptions.ConnectTimeout"/> to answer while others are left. A request may arrive more than once.</para>
/// <para>A path is written as it is sent: <see cref="Uri.EscapeDataString(string)"/> escapes what goes into it. It may have a query. It is
/// put behind <see cref="DownlinkOptions.BasePath"/>, or behind the server's URL where it begins with a slash.</para>
/// </remarks>
[SuppressMessage("ApiDesign", "RS0026", Justification = "The required parameters tell the overloads apart.")]
public sealed class DownlinkClient
{
    private readonly Lock _gate = new();
    private ControlPlaneClient? _client;
    private bool _hasEnded;

    /// <summary>Makes a client that belongs to no downlink yet.</summary>
    public DownlinkClient()
    {
    }

    /// <summary>Gets JSON.</summary>
    /// <typeparam name="TAnswer">The answer's type.</typeparam>
    /// <param name="path">The path, such as <c>jobs/7</c>.</param>
    /// <param name="answerTypeInfo">The source-generated contract of the answer.</param>
    /// <param name="options">The request's time and bound. Default: 30 seconds, 1 MiB.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    /// <returns>The answer, never <see langword="null"/>.</returns>
    /// <exception cref="ArgumentException">The path or an option cannot be used.</exception>
    /// <exception cref="DownlinkException">No server answered as asked: the exception has the status, and the error's code, message and
    /// details. Or the downlink has ended.</exception>
    /// <exception cref="InvalidOperationException">The client belongs to no downlink.</exception>
    public Task<TAnswer> GetAsync<TAnswer>(
        string path,
        JsonTypeInfo<TAnswer> answerTypeInfo,
        DownlinkRequestOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(answerTypeInfo);
        ApplicationCall call = Call(HttpMethod.Get, path, null, options);
        return ShownAsync(client => client.CallAsync(call, answerTypeInfo, cancellationToken));
    }

    /// <summary>Posts JSON and reads the answer's.</summary>
    /// <typeparam name="TValue">The type of what is posted.</typeparam>
    /// <typeparam name="TAnswer">The answer's type.</typeparam>
    /// <param name="path">The path, such as <c>jobs/7/log</c>.</param>
    /// <param name="value">What is posted.</param>
    /// <param name="valueTypeInfo">The source-generated contract of what is posted.</param>
    /// <param name="answerTypeInfo">The source-generated contract of the answer.</param>
    /// <param name="options">The request's time and bound. Default: 30 seconds, 1 MiB.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    /// <returns>The answer, never <see langword="null"/>.</returns>
    /// <exception cref="ArgumentException">The path or an option cannot be used.</exception>
    /// <exception cref="DownlinkException">No server answered as asked: the exception has the status, and the error's code, message and
    /// details. Or the downlink has ended.</exception>
    /// <exception cref="InvalidOperationException">The client belongs to no downlink.</exception>
    public Task<TAnswer> PostAsync<TValue, TAnswer>(
        string path,
        TValue value,
        JsonTypeInfo<TValue> valueTypeInfo,
        JsonTypeInfo<TAnswer> answerTypeInfo,
        DownlinkRequestOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(answerTypeInfo);
        ApplicationCall call = Call(HttpMethod.Post, path, Json(value, valueTypeInfo), options);
        return ShownAsync(client => client.CallAsync(call, answerTypeInfo, cancellationToken));
    }

    /// <summary>Posts JSON; the answer's body is not read.</summary>
    /// <typeparam name="TValue">The type of what is posted.</typeparam>
    /// <param name="path">The path, such as <c>jobs/7/log</c>.</param>
    /// <param name="value">What is posted.</param>
    /// <param name="valueTypeInfo">The source-generated contract of what is posted.</param>
    /// <param name="options">The request's time. Default: 30 seconds.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    /// <returns>A task that ends when a server has answered with a status of success.</returns>
    /// <exception cref="ArgumentException">The path or an option cannot be used.</exception>
    /// <exception cref="DownlinkException">No server answered with a status of success: the exception has the status, and the error's code,
    /// message and details. Or the downlink has ended.</exception>
    /// <exception cref="InvalidOperationException">The client belongs to no downlink.</exception>
    public Task PostAsync<TValue>(
        string path,
        TValue value,
        JsonTypeInfo<TValue> valueTypeInfo,
        DownlinkRequestOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ApplicationCall call = Call(HttpMethod.Post, path, Json(value, valueTypeInfo), options);
        return ShownAsync(async client =>
        {
            await client.CallAsync(call, cancellationToken).ConfigureAwait(false);
            return true;
        });
    }

    /// <exception cref="ArgumentException">The client belongs to another downlink.</exception>
    internal void Bind(ControlPlaneClient client)
    {
        lock (_gate)
        {
            _client = _client is null ? client : throw new ArgumentException("The client belongs to another downlink.");
        }
    }

    /// <summary>The downlink has ended.</summary>
    internal void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
        }
    }

    private static byte[] Json<TValue>(TValue value, JsonTypeInfo<TValue> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        using ArrayPoolBufferWriter<byte> json = new();
        Payload.Write(json, value, typeInfo);
        return json.WrittenSpan.ToArray();
    }

    private static ApplicationCall Call(HttpMethod method, string path, byte[]? json, DownlinkRequestOptions? options)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new DownlinkRequestOptions();
        if (options.Timeout < TimeSpan.FromMilliseconds(1) || options.Timeout > TimeSpan.FromDays(1))
        {
            throw new ArgumentOutOfRangeException(nameof(options), "Timeout must be between 00:00:00.001 and 1.00:00:00.");
        }

        if (options.MaxAnswerBytes is < 1 or > 1024 * 1024 * 1024)
        {
            throw new ArgumentOutOfRangeException(nameof(options), "MaxAnswerBytes must be between 1 and 1073741824.");
        }

        int query = path.IndexOf('?', StringComparison.Ordinal);
        bool isQueryPlain = query < 0 || !path.AsSpan(query).ContainsAnyExceptInRange('!', '~');
        return isQueryPlain && !path.Contains('#', StringComparison.Ordinal) && path.Length > 0 && query != 0
            && BasePath.IsPlain(query < 0 ? path : path[..query])
            ? new ApplicationCall(method, path, json, options.Timeout, options.MaxAnswerBytes)
            : throw new ArgumentException(
                "The path must be escaped, and have no fragment, no empty segment and none that is '.' or '..'.", nameof(path));
    }

    private async Task<T> ShownAsync<T>(Func<ControlPlaneClient, Task<T>> call)
    {
        ControlPlaneClient client;
        lock (_gate)
        {
            client = _client ?? throw new InvalidOperationException("The client belongs to no downlink.");
            if (_hasEnded)
            {
                throw new DownlinkException(DownlinkError.Unknown, "The downlink has ended: it makes no requests any more.");
            }
        }

        try
        {
            return await call(client).ConfigureAwait(false);
        }
        catch (ControlPlaneException failure)
        {
            throw DownlinkException.Of(failure);
        }
    }
}
