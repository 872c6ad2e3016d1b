namespace Unarr.Pipelines.Sse;

/// <summary>What the loops over lines are compiled for, once a dialect.</summary>
internal interface ILines
{
    /// <summary>Whether a line ends at LF alone and values are trimmed.</summary>
    static abstract bool IsAgent { get; }
}
