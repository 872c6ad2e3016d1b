namespace Unarr.Pipelines.Tests.Http;

/// <summary>Awaits what must come. The guard only keeps a broken test from hanging; nothing is timed by it.</summary>
internal static class Signal
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(10);

    public static async Task Of(Task task, string what)
    {
        try
        {
            await task.WaitAsync(Guard);
        }
        catch (TimeoutException exception) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Never came: {what}.", exception);
        }
    }

    public static async Task<T> Of<T>(Task<T> task, string what)
    {
        await Of((Task)task, what);
        return await task;
    }
}
