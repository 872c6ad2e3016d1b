namespace Unarr.Agents.Downlink;

/// <summary>How a request of the application's own is made. It holds data only.</summary>
public sealed class DownlinkRequestOptions
{
    /// <summary>How long the request may take, all servers included: 1 millisecond to 1 day. Default: 30 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the answer may be, in bytes: 1 to 1,073,741,824. A longer one is not read, and the request fails. Default:
    /// 1 MiB.</summary>
    public int MaxAnswerBytes { get; set; } = 1024 * 1024;
}
