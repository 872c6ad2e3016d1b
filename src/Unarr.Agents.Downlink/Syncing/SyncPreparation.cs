using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink.Syncing;

/// <summary>Makes each sync's request: who the agent is, and what the application adds, for which it has 5 seconds.</summary>
/// <remarks>One call of the application at a time, on a thread of the pool. While one is slow, syncs go with what was added last.</remarks>
/// <param name="handler">The application.</param>
/// <param name="options">Who the agent is.</param>
/// <param name="logger">Where to log.</param>
/// <param name="stop">What the application's calls are cancelled by.</param>
internal sealed class SyncPreparation(DownlinkHandler handler, DownlinkSettings options, ILogger logger, CancellationToken stop)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private Task<SyncRequest>? _preparing;
    private SyncRequest? _last;

    /// <summary>A request without anything of the application's.</summary>
    public SyncRequest Bare() => new()
    {
        AgentId = options.AgentId,
        Name = options.Name,
        Version = options.Version,
        Os = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsLinux() ? "linux" : "other",
        Arch = ArchitectureName(RuntimeInformation.ProcessArchitecture),
    };

    /// <summary>The request of the next sync. What the application throws is thrown.</summary>
    public async Task<SyncRequest> MakeAsync(CancellationToken cancellationToken)
    {
        bool isSlow = _preparing is { IsCompleted: false };
        Task<SyncRequest> preparing = _preparing ??= Task.Run(PrepareAsync, CancellationToken.None);
        using var deadline = new Deadline(Longest, options.TimeProvider, cancellationToken);
        try
        {
            if (!isSlow)
            {
                await preparing.WaitAsync(deadline.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (deadline.HasPassed && !preparing.IsCompleted)
        {
            DownlinkLog.PrepareIsSlow(logger, Longest.TotalSeconds);
        }
        finally
        {
            _preparing = preparing.IsCompleted ? null : preparing;
        }

        if (_preparing is null)
        {
            _last = await preparing.ConfigureAwait(false);
        }

        return Copy(_last ?? Bare());
    }

    /// <summary>The protocol's words: amd64, arm64, 386, arm.</summary>
    private static string ArchitectureName(Architecture architecture) => architecture switch
    {
        Architecture.X64 => "amd64",
        Architecture.X86 => "386",
        _ => architecture.ToString().ToLowerInvariant(),
    };

    private static SyncRequest Copy(SyncRequest request) => new()
    {
        AgentId = request.AgentId,
        Name = request.Name,
        Version = request.Version,
        Os = request.Os,
        Arch = request.Arch,
        Members = request.Members,
    };

    private async Task<SyncRequest> PrepareAsync()
    {
        var body = SyncBody.ForRequest();
        try
        {
            await handler.PrepareSyncAsync(body, stop).ConfigureAwait(false);
        }
        finally
        {
            body.End();
        }

        SyncRequest request = Bare();
        request.Members = body.Written;
        return request;
    }
}
