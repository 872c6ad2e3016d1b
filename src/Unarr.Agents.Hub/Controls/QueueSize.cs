using System.Text;

namespace Unarr.Agents.Hub.Controls;

/// <summary>How much an agent has pending.</summary>
/// <param name="Controls">How many controls.</param>
/// <param name="Bytes">How many bytes they are as written.</param>
internal readonly record struct QueueSize(int Controls, long Bytes)
{
    /// <summary>"A control plane's queue is 1 … 4,096 controls an agent …"</summary>
    public const int MaxControls = 4096;

    /// <summary>"… and 768 KiB as written, on every store."</summary>
    public const int MaxBytes = 768 * 1024;

    /// <summary>How many bytes a control is as written.</summary>
    public static int BytesOf(string stored) => Encoding.UTF8.GetByteCount(stored);

    /// <summary>Says whether there is room for further controls, all of them.</summary>
    public AddOutcome Admit(QueueSize further, int maxControls) =>
        Controls + further.Controls > maxControls ? AddOutcome.TooManyControls
        : Bytes + further.Bytes > MaxBytes ? AddOutcome.TooManyBytes
        : AddOutcome.Added;

    public static QueueSize operator +(QueueSize left, QueueSize right) => new(left.Controls + right.Controls, left.Bytes + right.Bytes);

    public static QueueSize operator -(QueueSize left, QueueSize right) => new(left.Controls - right.Controls, left.Bytes - right.Bytes);
}
