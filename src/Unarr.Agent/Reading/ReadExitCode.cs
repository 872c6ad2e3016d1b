using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Reading;

/// <summary>The exit codes of <c>read</c>, by how the stream was closed.</summary>
internal static class ReadExitCode
{
    /// <summary>An answer came, and it is no stream: a status, a media type or a redirect that is not followed.</summary>
    public const int Refused = 3;

    /// <summary>By Ctrl-C, SIGTERM, or because nobody reads the output any more: as a shell reports SIGINT.</summary>
    public const int Interrupted = 130;

    public static int Of(SseError error) => error switch
    {
        SseError.Status or SseError.MediaType or SseError.Redirect => Refused,
        _ => Terminal.ExitCode.Failure,
    };
}
