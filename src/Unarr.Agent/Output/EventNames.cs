namespace Unarr.Agent.Output;

/// <summary>How the output names mirrors.</summary>
internal static class EventNames
{
    /// <summary>A mirror as it is given to <c>--server</c>.</summary>
    public static string Of(Uri mirror) => mirror.AbsoluteUri.TrimEnd('/');
}
