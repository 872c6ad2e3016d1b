namespace Unarr.Agent.Output;

/// <summary>How <c>run</c> writes what happens.</summary>
internal enum OutputFormat
{
    /// <summary>One JSON line each.</summary>
    Json = 0,

    /// <summary>One line for people each.</summary>
    Plain,

    /// <summary>A display that is kept up to date.</summary>
    Live,
}
