namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>With which status an endpoint answers.</summary>
internal enum Refusal
{
    /// <summary>200.</summary>
    None = 0,

    /// <summary>404 or 501.</summary>
    NotOffered,

    /// <summary>401 or 403.</summary>
    Unauthorized,

    /// <summary>429 or 503 with <c>Retry-After</c>.</summary>
    Busy,

    /// <summary>500.</summary>
    Broken,

    /// <summary>410, or an error code that says that the agent is gone.</summary>
    Gone,
}
