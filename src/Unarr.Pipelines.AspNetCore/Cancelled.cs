namespace Unarr.Pipelines.AspNetCore;

/// <summary>Code of the application that has been cancelled.</summary>
internal static class Cancelled
{
    /// <summary>How long it may take before its request ends without it.</summary>
    /// <remarks>The time is the machine's, whatever clock the streams have: nobody moves a test's clock for it.</remarks>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Waits for the code, but not for ever. What it throws is not thrown here.</summary>
    public static async Task<bool> IsOverSoonAsync(Task running)
    {
        if (!running.IsCompleted)
        {
            await running.WaitAsync(Grace).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return running.IsCompleted;
    }
}
