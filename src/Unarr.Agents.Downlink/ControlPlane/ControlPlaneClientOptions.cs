using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>How a <see cref="ControlPlaneClient"/> makes its exchanges.</summary>
internal sealed class ControlPlaneClientOptions
{
    /// <summary>
    /// Gives the API key. It is asked for every request, and once more when the control plane refused the one before, so that a rotated
    /// key needs no restart. One that throws fails the exchange with <see cref="ControlPlaneError.ApiKey"/>; what it throws is the inner
    /// exception, and must not quote the key.
    /// </summary>
    public required Func<CancellationToken, ValueTask<string>> ApiKey { get; init; }

    /// <summary>The path of the endpoints under each mirror. Default: <c>/api/internal/agent</c>.</summary>
    public string BasePath { get => field.TrimEnd('/'); init; } = DownlinkOptions.DefaultBasePath;

    /// <summary>What <c>User-Agent</c> says. Default, empty: <c>unarr-pipelines</c> and the library's version.</summary>
    public string UserAgent { get => field.Length > 0 ? field : DefaultUserAgent; init; } = "";

    /// <summary>How long each mirror has to answer a sync or to open a stream: from the start of a connect to the response headers.
    /// Default: 10 seconds.</summary>
    /// <remarks>
    /// A long-poll is answered late by intention: its connection alone is bounded, by the handler
    /// (<see cref="SocketsHttpHandler.ConnectTimeout"/>).
    /// </remarks>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a long-poll may stay unanswered, once connected (it is held up to 28 seconds). Default: 35 seconds.</summary>
    public TimeSpan WakeTimeout { get; init; } = TimeSpan.FromSeconds(35);

    /// <summary>How long a sync may take, mirrors included. Default: 30 seconds.</summary>
    public TimeSpan SyncTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a line of the event stream may be, in bytes; see <see cref="SseReaderOptions.MaxLineBytes"/>. Default:
    /// 262,144.</summary>
    public int MaxLineBytes { get; init; } = SseReaderOptions.Default.MaxLineBytes;

    /// <summary>How long the data of an event may be, in bytes; see <see cref="SseReaderOptions.MaxEventBytes"/>. Default:
    /// 1,048,576.</summary>
    public int MaxEventBytes { get; init; } = SseReaderOptions.Default.MaxEventBytes;

    /// <summary>Where time comes from. Default: the system's clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal SseReaderOptions StreamOptions =>
        SseReaderOptions.Checked(
            new SseReaderOptions { Dialect = SseDialect.Agent, MaxLineBytes = MaxLineBytes, MaxEventBytes = MaxEventBytes });

    private static string DefaultUserAgent { get; } =
        $"unarr-pipelines/{typeof(ControlPlaneClientOptions).Assembly.GetName().Version?.ToString(3)}";
}
