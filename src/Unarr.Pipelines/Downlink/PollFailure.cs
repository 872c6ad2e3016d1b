namespace Unarr.Pipelines.Downlink;

/// <summary>How a long-poll failed.</summary>
internal enum PollFailure
{
    /// <summary>It was not answered, or with an error.</summary>
    Failed = 0,

    /// <summary>It was held and then cut (408, 504, reset): that is an answer.</summary>
    Cut,

    /// <summary>The API key is refused (401, 403).</summary>
    Unauthorized,
}
