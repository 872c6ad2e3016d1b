using System.Collections.Concurrent;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Exceptions of tasks that nobody looked at, of this library.</summary>
internal static class UnseenExceptions
{
    private static readonly ConcurrentQueue<string> Seen = Listen();

    public static void AssertNone()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Empty(Seen);
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
