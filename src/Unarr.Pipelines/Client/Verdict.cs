namespace Unarr.Pipelines.Sse;

/// <summary>What follows the end of an attempt.</summary>
internal enum Verdict
{
    /// <summary>The client fails.</summary>
    Fail = 0,

    /// <summary>The client ends properly.</summary>
    End = 1,

    /// <summary>Another attempt, whatever the request is: it was not processed.</summary>
    Again = 2,

    /// <summary>Another attempt if the next request may be sent again.</summary>
    IfRepeatable = 3,

    /// <summary>Another attempt at once, a single time: a new request may have a new key.</summary>
    Once = 4,

    /// <summary>Another attempt at once, if the next request may be sent again.</summary>
    AtOnce = 5,
}
