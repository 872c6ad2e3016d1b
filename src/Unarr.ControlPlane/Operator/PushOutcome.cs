namespace Unarr.ControlPlane.Operator;

/// <summary>The words for what became of a push for one of its agents.</summary>
internal static class PushOutcome
{
    public const string Pending = "pending";
    public const string HandedOut = "handedOut";
    public const string Applied = "applied";
    public const string Delivered = "delivered";
    public const string Failed = "failed";
    public const string Expired = "expired";
    public const string Withdrawn = "withdrawn";
    public const string Full = "full";
    public const string Unknown = "unknown";

    /// <summary>All, in the order in which they need somebody's attention.</summary>
    public static readonly string[] All =
        [Failed, Full, Unknown, Expired, Withdrawn, Pending, HandedOut, Delivered, Applied];

    /// <summary>The outcome of a control that a push has queued.</summary>
    public static string Of(ControlState state, bool isEnded) => state switch
    {
        ControlState.Applied => Applied,
        ControlState.Expired => Expired,
        ControlState.Withdrawn => Withdrawn,
        ControlState.HandedOut => isEnded ? Delivered : HandedOut,
        ControlState.Pending => Pending,
        _ => Failed,
    };

    /// <summary>The place of an outcome among all.</summary>
    public static int RankOf(string outcome) => Array.IndexOf(All, outcome);

    /// <summary>Whether it may still change.</summary>
    public static bool IsOpen(string outcome) => outcome is Pending or HandedOut;

    /// <summary>The outcome of several controls: one that is still open, or else the one that needs most attention.</summary>
    public static string Of(IEnumerable<string> outcomes)
    {
        string[] all = [.. outcomes];
        return Array.Find(all, static outcome => outcome == Pending) ?? Array.Find(all, IsOpen)
            ?? all.MinBy(RankOf) ?? Unknown;
    }
}
