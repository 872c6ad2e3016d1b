namespace Unarr.Pipelines.Sse;

/// <summary>What a client is to do.</summary>
internal enum ClientEffectKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Have the next attempt's request made.</summary>
    Ask = 1,

    /// <summary>Send the request that was made.</summary>
    Send = 2,

    /// <summary>Wait.</summary>
    Wait = 3,

    /// <summary>End properly.</summary>
    End = 4,

    /// <summary>Fail, with the last attempt's failure.</summary>
    Fail = 5,
}
