using Unarr.Agents.Protocol;

namespace Unarr.ControlPlane.Operator;

/// <summary>The words for how an agent can be reached, as the API, its filters and the page use them.</summary>
internal static class AgentState
{
    /// <summary>It has a stream open.</summary>
    public const string Live = "live";

    /// <summary>It has a long-poll only.</summary>
    public const string Polling = "polling";

    /// <summary>It was here since the start, and has nothing open.</summary>
    public const string Away = "away";

    /// <summary>It was here before the start, and has not come back since.</summary>
    public const string NotBack = "notBack";

    /// <summary>Nothing is known of it yet.</summary>
    public const string New = "new";

    /// <summary>A node that may have it does not answer.</summary>
    public const string Unknown = "unknown";

    public static readonly IReadOnlyList<string> All = [Live, Polling, Away, NotBack, New, Unknown];

    public static string Of(AgentInfo agent) => agent switch
    {
        { IsUnknown: true } => Unknown,
        _ when agent.Routes.HasFlag(DownlinkRoutes.Stream) => Live,
        _ when agent.Routes.HasFlag(DownlinkRoutes.LongPoll) => Polling,
        { IsRemembered: true } => NotBack,
        { LastSeen: not null } => Away,
        _ => New,
    };
}
