using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Unarr.Samples.OwnBackend;

/// <summary>The files of one run in a folder of its own, which goes with them: keys that are made for this run, and the stores.</summary>
internal sealed class RunFiles : IDisposable
{
    public const string AgentId = "agent-1";

    // Only its owner may look into it.
    private readonly string _folder = Directory.CreateTempSubdirectory("own-backend-").FullName;

    public RunFiles()
    {
        string agentKey = NewKey();
        File.WriteAllText(OperatorKeyFile, OperatorKey);
        File.WriteAllText(AgentKeyFile, agentKey);
        File.WriteAllText(
            KeysFile, new JsonObject { ["operator"] = OperatorKey, ["agents"] = new JsonObject { [AgentId] = agentKey } }.ToJsonString());
    }

    public string OperatorKey { get; } = NewKey();

    public string OperatorKeyFile => Path.Combine(_folder, "operator-key");

    public string AgentKeyFile => Path.Combine(_folder, "agent-key");

    public string KeysFile => Path.Combine(_folder, "keys.json");

    public string ControlsFile => Path.Combine(_folder, "controls.db");

    public string AgentStateFile => Path.Combine(_folder, "agent.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string NewKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
