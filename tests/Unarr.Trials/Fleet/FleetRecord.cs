using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>What pushes, agents and troubles did, in order; the message of a failure quotes it.</summary>
internal sealed class FleetRecord
{
    private const string All = "";

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<(TimeSpan At, string Agent, string What)> _lines = [];

    /// <summary>Notes what happened to one agent.</summary>
    public void Note(string agent, string what) => _lines.Enqueue((Stopwatch.GetElapsedTime(_start), agent, what));

    /// <summary>Notes what happened to the fleet.</summary>
    public void Note(string what) => Note(All, what);

    /// <summary>What happened to an agent and to the fleet.</summary>
    public string Of(string agent) => string.Join('\n', _lines.Where(line => line.Agent == agent || line.Agent == All)
        .Select(line => string.Create(CultureInfo.InvariantCulture, $"{line.At.TotalSeconds,8:0.000} s {line.What}")));
}
