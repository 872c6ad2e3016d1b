using System.Collections.Concurrent;

namespace Unarr.Agents.Hub.Agents;

/// <summary>Which other ids the holders of an agent's key have reported, so that each is logged once.</summary>
internal sealed class ReportedIds
{
    /// <summary>How many ids of one agent are told apart; further ones are not logged.</summary>
    public const int MaxEach = 8;

    private readonly ConcurrentDictionary<string, HashSet<string>> _known = new(StringComparer.Ordinal);

    /// <summary>Notes an id.</summary>
    /// <returns>Whether it is to be logged: it is new, and not one too many.</returns>
    public bool IsNew(string agent, string reported)
    {
        HashSet<string> known = _known.GetOrAdd(agent, static _ => new HashSet<string>(StringComparer.Ordinal));
        lock (known)
        {
            return known.Count < MaxEach && known.Add(reported);
        }
    }
}
