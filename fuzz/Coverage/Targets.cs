namespace Unarr.Pipelines.Fuzz.Coverage;

/// <summary>What can be fuzzed, by name. A target takes any bytes; whatever it throws is a finding.</summary>
internal static class Targets
{
    public static IReadOnlyDictionary<string, Action<byte[]>> All { get; } = new Dictionary<string, Action<byte[]>>
    {
        ["framer"] = FramerTarget.Run,
        ["reader"] = ReaderTarget.Run,
        ["json"] = JsonTarget.Run,
        ["toml"] = TomlTarget.Run,
    };
}
