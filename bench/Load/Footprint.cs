namespace Unarr.Pipelines.Bench.Load;

/// <summary>What this process holds once all garbage is gone (Linux).</summary>
/// <param name="ResidentBytes">What the kernel has mapped for it.</param>
/// <param name="HeapBytes">The managed objects that live.</param>
/// <param name="Timers">The timers that are armed.</param>
internal readonly record struct Footprint(long ResidentBytes, long HeapBytes, long Timers)
{
    public static Footprint Take()
    {
        for (int round = 0; round < 3; round++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return new Footprint(Environment.WorkingSet, GC.GetTotalMemory(forceFullCollection: false), Timer.ActiveCount);
    }

    public static Footprint operator -(Footprint left, Footprint right) => Subtract(left, right);

    public static Footprint Subtract(Footprint left, Footprint right) =>
        new(left.ResidentBytes - right.ResidentBytes, left.HeapBytes - right.HeapBytes, left.Timers - right.Timers);
}
