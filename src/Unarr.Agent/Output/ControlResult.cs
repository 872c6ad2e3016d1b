using Unarr.Agents.Protocol;

namespace Unarr.Agent.Output;

/// <summary>How one try of a control went.</summary>
/// <param name="Control">The control.</param>
/// <param name="Error">Why it failed; <see langword="null"/> where it did not.</param>
/// <param name="Try">Which try it was, from 1.</param>
/// <param name="WillRetry">Whether it is tried again.</param>
internal sealed record ControlResult(Control Control, string? Error, int Try, bool WillRetry);
