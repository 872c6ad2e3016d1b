using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Agents;

/// <summary>What an agent's last sync told of it.</summary>
internal sealed record AgentDescription(string AgentId, string Name, string Version, string Os, string Arch, int Tasks)
{
    public static AgentDescription None { get; } = new("", "", "", "", "", 0);

    public static AgentDescription From(SyncRequest request) => new(
        Shorten.Text(request.AgentId),
        Shorten.Text(request.Name),
        Shorten.Text(request.Version),
        Shorten.Text(request.Os),
        Shorten.Text(request.Arch),
        request.TaskCount);
}
