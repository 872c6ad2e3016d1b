namespace Unarr.Agents.Hub.Controls;

/// <summary>How much an agent has pending.</summary>
/// <param name="Controls">How many controls.</param>
/// <param name="Bytes">How many bytes they are as written.</param>
internal readonly record struct QueueSize(int Controls, long Bytes)
{
    /// <summary>"A control plane's queue is 1 … 4,096 controls an agent …"</summary>
    public const int MaxControls = 4096;

    /// <summary>"… and 768 KiB as written, on every store."</summary>
    public const int MaxBytes = ControlStore.MaxPendingBytes;

    /// <summary>How much some controls are.</summary>
    public static QueueSize Of(IReadOnlyCollection<ControlRecord> controls) =>
        new(controls.Count, controls.Sum(control => (long)control.WrittenBytes));

    /// <summary>Says why there is no room for further controls, all of them; <see langword="null"/> when there is.</summary>
    public string? Refuse(QueueSize further, int maxControls) =>
        Controls + further.Controls > maxControls ? $"at most {maxControls} controls may be pending"
        : Bytes + further.Bytes > MaxBytes ? $"its pending controls may take at most {MaxBytes} bytes"
        : null;

    public static QueueSize operator +(QueueSize left, QueueSize right) => new(left.Controls + right.Controls, left.Bytes + right.Bytes);

    public static QueueSize operator -(QueueSize left, QueueSize right) => new(left.Controls - right.Controls, left.Bytes - right.Bytes);
}
