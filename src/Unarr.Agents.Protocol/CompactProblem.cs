namespace Unarr.Agents.Protocol;

/// <summary>Why a JSON value was not copied.</summary>
internal enum CompactProblem
{
    /// <summary>It was copied.</summary>
    None = 0,

    /// <summary>Its copy would be longer than the bound.</summary>
    TooLong = 1,

    /// <summary>It is nested deeper than the bound.</summary>
    TooDeep = 2,
}
