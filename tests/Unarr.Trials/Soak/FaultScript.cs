namespace Unarr.EndToEnd.Tests.Soak;

/// <summary>Which fault comes next, how long it lasts and how long it is quiet then: all from one seed.</summary>
internal sealed class FaultScript(int seed)
{
    private static readonly FaultKind[] Kinds = [.. Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.None)];

    private readonly Random _random = new(seed);

    public Fault Next() => new(Kinds[_random.Next(Kinds.Length)], Between(0.01, 0.4));

    /// <summary>Mostly too short to be noticed by silence, sometimes long enough for every deadline of the agent.</summary>
    public TimeSpan Lasting() => _random.Next(4) == 0 ? Between(1, 4) : Between(0.02, 0.4);

    public TimeSpan Quiet() => Between(0, 0.5);

    private TimeSpan Between(double least, double most) => TimeSpan.FromSeconds(least + (_random.NextDouble() * (most - least)));
}
