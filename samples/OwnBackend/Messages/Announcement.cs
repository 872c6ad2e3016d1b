namespace Unarr.Samples.OwnBackend.Messages;

/// <summary>The data of the event <c>announcement</c>: a text for whoever is there.</summary>
internal sealed record Announcement(string Text);
