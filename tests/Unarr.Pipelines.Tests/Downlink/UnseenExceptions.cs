using System.Collections.Concurrent;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Exceptions of tasks that nobody looked at, of this library.</summary>
internal static class UnseenExceptions
{
    private static readonly ConcurrentQueue<string> Seen = Listen();

    /// <summary>Fails with the first of them, once: it is no fault of the tests after this one.</summary>
    public static void AssertNone()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (Seen.TryDequeue(out string? exception))
        {
            Assert.Fail(exception);
        }
    }

    private static ConcurrentQueue<string> Listen()
    {
        var seen = new ConcurrentQueue<string>();
        TaskScheduler.UnobservedTaskException += (_, e) =>
        {
            string text = e.Exception.ToString();
            if (text.Contains("Unarr.Agents.Downlink", StringComparison.Ordinal) || text.Contains(
                "Unarr.Agents.Downlink.ControlPlane", StringComparison.Ordinal))
            {
                seen.Enqueue(text);
            }
        };
        return seen;
    }
}
