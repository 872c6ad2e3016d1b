namespace Unarr.Pipelines.Testing;

/// <summary>A number as it was written.</summary>
internal sealed record ReferenceNumber(string Text);
