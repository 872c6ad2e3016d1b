namespace Unarr.ControlPlane.Audit;

/// <summary>The words for what became of it, as the audit log writes them.</summary>
internal static class AuditOutcome
{
    /// <summary>It was done, for all of the agents.</summary>
    public const string Done = "done";

    /// <summary>It was done for some of the agents.</summary>
    public const string Partly = "partly";

    /// <summary>The control plane refused it, and nothing was changed.</summary>
    public const string Refused = "refused";

    /// <summary>It failed: the reason says whether it is known what was changed.</summary>
    public const string Failed = "failed";
}
