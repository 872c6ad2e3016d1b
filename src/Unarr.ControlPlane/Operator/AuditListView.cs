using Unarr.ControlPlane.Audit;

namespace Unarr.ControlPlane.Operator;

/// <summary>The last entries of the audit log.</summary>
/// <param name="HasFile">Whether there is a file; without one the entries are those since the start.</param>
/// <param name="Entries">The entries, newest first.</param>
internal sealed record AuditListView(bool HasFile, IReadOnlyList<AuditEntry> Entries);
