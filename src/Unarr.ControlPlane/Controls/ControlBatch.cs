namespace Unarr.ControlPlane.Controls;

/// <summary>How many controls fit one message: agents bound a command's line at 256 KiB and a sync's answer at 1 MiB.</summary>
internal static class ControlBatch
{
    public const int MaxCommandBytes = 192 * 1024;
    public const int MaxSyncBytes = 768 * 1024;

    // {"id":"…","action":"…","taskId":"…","deleteFiles":true},
    private const int FixedBytes = 64;

    // JSON writes a character as six bytes at most: \u0000.
    private const int MaxBytesPerCharacter = 6;

    /// <summary>How many of the controls, from <paramref name="start"/> on, go into one message of at most <paramref name="maxBytes"/>.</summary>
    public static int Count(IReadOnlyList<ControlAction> controls, int start, int maxBytes)
    {
        int bytes = 0;
        int end = start;
        while (end < controls.Count && end - start < ControlCommand.MaxControls)
        {
            bytes += Bytes(controls[end]);
            if (bytes > maxBytes && end > start)
            {
                break;
            }

            end++;
        }

        return end - start;
    }

    private static int Bytes(ControlAction control) =>
        FixedBytes + (MaxBytesPerCharacter * ((control.Id?.Length ?? 0) + control.Action.Length + control.TaskId.Length));
}
