namespace Unarr.Pipelines.Net;

/// <summary>Tells a cancelling that was asked for from everything else that can go wrong.</summary>
internal static class CancellationExtensions
{
    /// <summary>Whether an exception is this token's cancelling. A failure that comes at the same time is none.</summary>
    public static bool Caused(this CancellationToken cancellationToken, Exception exception) =>
        exception is OperationCanceledException && cancellationToken.IsCancellationRequested;
}
