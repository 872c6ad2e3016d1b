using System.Security.Cryptography;
using System.Text;

namespace Unarr.Agents.Hub.Desk;

/// <summary>The ids of a push's controls. A push with an idempotency key has the same ids each time, on each node.</summary>
internal static class PushIds
{
    /// <summary>As long as every id, and none.</summary>
    public const string None = "00000000000000000000000000000000";

    public static string Of(string? idempotencyKey, string agentId, int index, DateTimeOffset now) => idempotencyKey is null
        ? Guid.CreateVersion7(now).ToString("N")
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{idempotencyKey}\n{agentId}\n{index}"))[..16]);
}
