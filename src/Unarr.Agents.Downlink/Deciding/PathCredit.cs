namespace Unarr.Agents.Downlink.Deciding;

/// <summary>What a stream's end forgives the path, or holds against it.</summary>
internal enum PathCredit
{
    /// <summary>Count, trust and window stay.</summary>
    Unchanged = 0,

    /// <summary>The count is 0; trust and window stay.</summary>
    Forgiven = 1,

    /// <summary>The count is 0, the path is trusted, and the window is as short as at first.</summary>
    Trusted = 2,

    /// <summary>The count is one more, and the path is distrusted.</summary>
    Charged = 3,

    /// <summary>The count is one more, the path is distrusted, and the window is doubled, to 30 min at most.</summary>
    Doubled = 4,

    /// <summary>Count and trust are what they were when the control plane was last reached.</summary>
    Excused = 5,
}
