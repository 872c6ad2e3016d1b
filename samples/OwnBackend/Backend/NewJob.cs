namespace Unarr.Samples.OwnBackend.Backend;

/// <summary>A job that an operator wants.</summary>
internal sealed record NewJob(string Name, long Bytes);
