using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Controls;

/// <summary>How much one read of pending controls returns at most; one control is returned whatever its size.</summary>
/// <param name="Controls">How many controls.</param>
/// <param name="Bytes">How many bytes they are as written.</param>
internal readonly record struct PageSize(int Controls, int Bytes)
{
    /// <summary>One control: whether anything is pending.</summary>
    public static PageSize One { get; } = new(1, 0);

    /// <summary>What one command carries: agents bound its line at 256 KiB.</summary>
    public static PageSize Command { get; } = new(ControlCommand.MaxControls, 192 * 1024);

    /// <summary>What one sync hands out: agents bound its answer at 1 MiB.</summary>
    public static PageSize Sync { get; } = new(ControlCommand.MaxControls, QueueSize.MaxBytes);
}
