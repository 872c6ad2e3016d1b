namespace Unarr.Agents.Downlink;

/// <summary>Which methods of a handler the application has overridden: what it does not ask for costs nothing.</summary>
internal sealed class HandlerOverrides(DownlinkHandler handler)
{
    public bool OnSynced { get; } =
        IsOverridden(new Func<SyncReport, CancellationToken, ValueTask>(handler.OnSyncedAsync));

    public bool OnRefused { get; } =
        IsOverridden(new Func<DownlinkException, CancellationToken, ValueTask<RefusalAction>>(handler.OnRefusedAsync));

    public bool HandleEvent { get; } =
        IsOverridden(new Func<DownlinkEvent, CancellationToken, ValueTask>(handler.HandleEventAsync));

    private static bool IsOverridden(Delegate method) => method.Method.DeclaringType != typeof(DownlinkHandler);
}
