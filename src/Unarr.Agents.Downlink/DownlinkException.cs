using System.Net;
using Unarr.Agents.Downlink.ControlPlane;

namespace Unarr.Agents.Downlink;

/// <summary>An exchange with the control plane failed. The exception's texts never contain the API key.</summary>
public sealed class DownlinkException : IOException
{
    /// <summary>Makes an exception, for the tests of an application.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="message">The message, for people.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public DownlinkException(DownlinkError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The reason.</summary>
    public DownlinkError Error { get; }

    /// <summary>The status of an answer that was an HTTP error; otherwise <see langword="null"/>. When every server failed, it is the
    /// status of the first server that refused the key, or of the last server when none did.</summary>
    public HttpStatusCode? StatusCode { get; init; }

    /// <summary>The address that was asked; <see langword="null"/> when no server was asked.</summary>
    public Uri? Uri { get; init; }

    /// <summary>The code of an error that the control plane sent as <c>{"error":"CODE","message":"…","details":…}</c>;
    /// <see langword="null"/> when it sent none.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The message of such an error, for people; <see langword="null"/> when it has none.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>The details of such an error as UTF-8 JSON, at most 64 KiB; empty when it has none.</summary>
    public ReadOnlyMemory<byte> ErrorDetails { get; init; }

    /// <summary>The failures on each server that was tried, in order; empty when at most one was tried.</summary>
    public IReadOnlyList<DownlinkException> Attempts { get; init; } = [];

    /// <summary>Shows a failure of any kind as the exception that applications see.</summary>
    internal static DownlinkException Of(Exception failure) => failure is ControlPlaneException exchange
        ? new DownlinkException(ErrorOf(exchange.Error), exchange.Message, exchange.InnerException)
        {
            StatusCode = exchange.StatusCode,
            ErrorCode = exchange.Code,
            ErrorMessage = exchange.ServerMessage,
            ErrorDetails = exchange.Details,
            Uri = exchange.Uri,
            Attempts = exchange.Attempts.Count > 1 ? [.. exchange.Attempts.Select(Alone)] : [],
        }
        : new DownlinkException(DownlinkError.Unknown, failure.Message, failure);

    private static DownlinkException Alone(ControlPlaneException attempt) =>
        new(ErrorOf(attempt.Error), attempt.Message, attempt.InnerException)
        {
            StatusCode = attempt.StatusCode,
            ErrorCode = attempt.Code,
            ErrorMessage = attempt.ServerMessage,
            ErrorDetails = attempt.Details,
            Uri = attempt.Uri,
        };

    private static DownlinkError ErrorOf(ControlPlaneError error) => error switch
    {
        ControlPlaneError.Connection => DownlinkError.Connection,
        ControlPlaneError.NameResolution => DownlinkError.NameResolution,
        ControlPlaneError.Tls => DownlinkError.Tls,
        ControlPlaneError.Timeout => DownlinkError.Timeout,
        ControlPlaneError.UnexpectedEnd => DownlinkError.UnexpectedEnd,
        ControlPlaneError.HttpStatus => DownlinkError.Status,
        ControlPlaneError.NotAnEventStream => DownlinkError.MediaType,
        ControlPlaneError.InvalidPayload => DownlinkError.InvalidPayload,
        ControlPlaneError.AllMirrors => DownlinkError.AllServers,
        ControlPlaneError.ApiKey => DownlinkError.ApiKey,
        ControlPlaneError.Proxy => DownlinkError.Proxy,
        _ => DownlinkError.Unknown,
    };
}
