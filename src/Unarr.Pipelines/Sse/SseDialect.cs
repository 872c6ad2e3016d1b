namespace Unarr.Pipelines.Sse;

/// <summary>The two ways to read the lines of an event stream.</summary>
public enum SseDialect
{
    /// <summary>
    /// The HTML Living Standard, section 9.2.6 "Interpreting an event stream": lines end with LF, CRLF or CR, a byte order
    /// mark at the start is dropped, <c>id</c> and <c>retry</c> are fields too, and one leading blank of a value is dropped.
    /// </summary>
    Html = 0,

    /// <summary>
    /// The downlink's own dialect, as <c>docs/protocol.md</c> defines it: lines end with LF (with any number of CRs before it), only
    /// <c>event:</c> and <c>data:</c> are fields, Unicode white space around a value is dropped, and an unterminated last line counts.
    /// </summary>
    Agent = 1,
}
