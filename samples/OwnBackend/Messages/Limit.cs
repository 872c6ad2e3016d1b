namespace Unarr.Samples.OwnBackend.Messages;

/// <summary>The parameters of the control <c>set-limit</c>: how many bytes an agent's jobs may move in a second.</summary>
internal sealed record Limit(long BytesPerSecond);
