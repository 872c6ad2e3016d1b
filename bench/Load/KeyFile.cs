namespace Unarr.Pipelines.Bench.Load;

/// <summary>Writes the keys of the operator and of some agents.</summary>
internal static class KeyFile
{
    public const string OperatorKey = "operator-key";

    /// <returns>The file's path.</returns>
    public static string Write(DirectoryInfo folder, int agents)
    {
        string file = Path.Combine(folder.FullName, $"keys-{agents}.json");
        IEnumerable<string> all = Enumerable.Range(0, agents).Select(static agent => $"\"agent-{agent}\":\"{AgentsClient.KeyOf(agent)}\"");
        File.WriteAllText(file, $$"""{"operator":"{{OperatorKey}}","agents":{ {{string.Join(',', all)}} } }""");
        return file;
    }
}
