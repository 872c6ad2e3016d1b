using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>A control that is done with: applied, or failed for good.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Error">Why it failed; <see langword="null"/> when it was applied.</param>
[JsonConverter(typeof(SettledControlJsonConverter))]
internal sealed record SettledControl(string Id, string? Error);
