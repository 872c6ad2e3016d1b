namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>Every attack, by its name.</summary>
internal static class Attacks
{
    private static readonly Dictionary<string, Attack> All = new([.. StreamAttacks.All, .. HeaderAttacks.All, .. BodyAttacks.All]);

    public static IEnumerable<string> Names => All.Keys.Order(StringComparer.Ordinal);

    public static IEnumerable<string> HeavyNames => Names.Where(name => All[name].IsHeavy);

    public static Attack Named(string name) => All[name];
}
